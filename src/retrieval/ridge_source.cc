#include "retrieval/ridge_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/logger.h"
#include "base/memory.h"
#include "corpus/split_facts.h"
#include "p5/error.h"
#include "retrieval/item_rows_source.h"
#include "retrieval/user_item_sets.h"

namespace p5 {
namespace {

// The rows that RidgeOptions and EaseOptions have in common.
template <typename Options>
void bind_size(const OptionBinder& table, const std::string& section, const std::string& title, Options& fields) {
  table.add(section + ".lambda", &fields.lambda,
            {.help = title + ": weight of the squared coefficients", .minimum = 1e-3, .maximum = 1e9});
  table.add(section + ".max_neighbors", &fields.max_neighbors,
            {.help = title + ": coefficients of largest absolute value kept per item, 0 = all", .minimum = 0});
  table.add(
      section + ".max_items", &fields.max_items,
      {.help = title + ": most frequent items that are fit; time grows with the cube", .minimum = 1, .maximum = 46000});
  fields.weights.bind(table, section, title);
}

// As many items as `most` and half of the machine's memory allow.
std::size_t most_items(std::int64_t most, LeaveOneOut keep, std::size_t known) {
  const auto asked = std::min(static_cast<std::size_t>(most), known);
  const double bytes_per_entry = keep == LeaveOneOut::kYes ? 8.0 : 4.0;
  const auto room = static_cast<std::size_t>(std::sqrt(static_cast<double>(memory_limit()) / 2.0 / bytes_per_entry));
  if (std::min(asked, room) < known) {
    log_warning(fmt::format("ridge regression fits the {} most frequent of {} items; others score 0 ({})",
                            std::min(asked, room), known,
                            room < asked ? "more would take half of the memory" : "max_items"));
  }
  return std::min(asked, room);
}

// The most frequent items of the train parts, ascending.
std::vector<ItemId> frequent_items(const Split& split, std::int64_t most, LeaveOneOut keep) {
  const std::vector<std::uint32_t> counts = train_counts(split);
  std::vector<ItemId> items;
  for (ItemId item = 0; item < counts.size(); ++item) {
    if (counts[item] > 0) items.push_back(item);
  }
  if (items.empty())
    throw usage_error("ridge regression has nothing to fit", {.expected = "training events", .got = "none"});
  std::stable_sort(items.begin(), items.end(), [&](ItemId a, ItemId b) { return counts[a] > counts[b]; });
  items.resize(most_items(most, keep, items.size()));
  std::sort(items.begin(), items.end());
  return items;
}

}  // namespace

void RidgeOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  const std::string title = "ridge with order";
  bind_size(table, "ridge", title, *this);
  table.add("ridge.whole", &examples.whole,
            {.help = title + ": weight of whole histories that explain themselves, 0 = none", .minimum = 0});
  table.add("ridge.ordered", &examples.ordered,
            {.help = title + ": weight of what comes before and after each place, 0 = none", .minimum = 0});
  table.add("ridge.before_decay", &examples.before_decay,
            {.help = title + ": an item this many steps further back weighs this to their power",
             .minimum = 0,
             .maximum = 1});
  table.add(
      "ridge.after_decay", &examples.after_decay,
      {.help = title + ": an item this many steps further on weighs this to their power", .minimum = 0, .maximum = 1});
  table.add("ridge.window", &examples.window, {.help = title + ": steps before and after a place", .minimum = 1});
  table.add("ridge.places", &examples.places,
            {.help = title + ": last items of a history that are cut into before and after", .minimum = 2});
}

RidgeOptions EaseOptions::ridge() const {
  RidgeOptions ridge;
  ridge.lambda = lambda;
  ridge.examples = {.whole = 1.0, .ordered = 0.0};
  ridge.max_neighbors = max_neighbors;
  ridge.max_items = max_items;
  ridge.weights = weights;
  return ridge;
}

void EaseOptions::bind(OptionTable& options) {
  bind_size(OptionBinder(options, OptionScope::kReport), "ease", "EASE", *this);
}

RidgeSource::RidgeSource(std::string name, const Split& split, const RidgeOptions& options, LeaveOneOut keep,
                         std::size_t threads, const StopToken& stop)
    : CountingSource(split.corpus().item_count()), name_(std::move(name)), options_(options) {
  const SparseRows solved = fit(split, keep, threads, stop);
  std::vector<ItemWeight> row;
  for (ItemId item = 0; item < item_count(); ++item) {
    row.clear();
    if (position_of_[item] != kNoPosition) {
      for (const ItemWeight& entry : solved[position_of_[item]]) row.push_back({items_[entry.item], entry.weight});
    }
    rows_.push_back(row);
  }
}

RidgeSource::RidgeSource(std::string name, const FittedState& state, const RidgeOptions& options,
                         std::size_t item_count)
    : CountingSource(item_count), name_(std::move(name)), options_(options), rows_(state, item_count, item_count) {}

SparseRows RidgeSource::fit(const Split& split, LeaveOneOut keep, std::size_t threads, const StopToken& stop) {
  require_histories(split, "ridge regression");
  items_ = frequent_items(split, options_.max_items, keep);
  position_of_.assign(item_count(), kNoPosition);
  for (ItemId i = 0; i < items_.size(); ++i) position_of_[items_[i]] = i;
  ThreadPool pool(threads);
  auto matrices = std::make_unique<RidgeMatrices>(make_examples(split, options_.examples, position_of_), items_.size(),
                                                  options_.lambda, pool, stop);
  const bool kept = keep == LeaveOneOut::kYes;
  SparseRows solved = matrices->solve(static_cast<std::size_t>(options_.max_neighbors), kept, pool, stop);
  if (kept) matrices_ = std::move(matrices);
  return solved;
}

void RidgeSource::remember_users(std::shared_ptr<const Split> training) {
  if (matrices_ == nullptr) fit(*training, LeaveOneOut::kYes, /*threads=*/0, {});
}

FittedState RidgeSource::state() const {
  FittedState state;
  rows_.put(state);
  return state;
}

void RidgeSource::score(const CandidateQuery& query, std::span<float> scores) const {
  std::fill(scores.begin(), scores.end(), 0.0f);
  add_rows(rows_, options_.weights, query.history, scores);
}

void RidgeSource::score_without(UserId own, std::span<const ItemId> history, std::span<float> scores) const {
  if (own == kUnknownUser) {
    score({.history = history}, scores);
    return;
  }
  std::vector<ItemWeight> weighed;
  options_.weights.for_each(history, item_count(), [&](ItemId item, float weight) {
    if (position_of_[item] != kNoPosition) weighed.push_back({position_of_[item], weight});
  });
  std::vector<float> packed(items_.size());
  matrices_->score_without(own, weighed, packed);
  std::fill(scores.begin(), scores.end(), 0.0f);
  constexpr float kRounding = 1e-5f;  // what float32 leaves of a coefficient that is zero
  for (ItemId i = 0; i < items_.size(); ++i) scores[items_[i]] = std::abs(packed[i]) > kRounding ? packed[i] : 0.0f;
}

}  // namespace p5
