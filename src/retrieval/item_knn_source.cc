#include "retrieval/item_knn_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "base/thread_pool.h"
#include "p5/error.h"
#include "retrieval/event_weights.h"

namespace p5 {
namespace {

using Neighbor = ItemKnnSource::Neighbor;

// One occurrence of an item in the train parts: whose, and its place among their items.
struct Occurrence {
  UserId user;
  std::uint32_t place;
};

struct OccurrenceIndex {
  std::vector<std::uint64_t> begins;  // [item_count + 1]
  std::vector<Occurrence> occurrences;

  std::span<const Occurrence> of(ItemId item) const {
    return std::span(occurrences).subspan(begins[item], begins[item + 1] - begins[item]);
  }
};

OccurrenceIndex index_occurrences(const Split& split) {
  const Corpus& corpus = split.corpus();
  OccurrenceIndex index;
  index.begins.assign(corpus.item_count() + 1, 0);
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    for (const ItemId item : split.train_items(user)) ++index.begins[item + 1];
  }
  for (std::size_t item = 0; item < corpus.item_count(); ++item) index.begins[item + 1] += index.begins[item];
  index.occurrences.resize(index.begins.back());
  std::vector<std::uint64_t> next(index.begins.begin(), index.begins.end() - 1);
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    const auto train = split.train_items(user);
    for (std::uint32_t place = 0; place < train.size(); ++place) {
      index.occurrences[next[train[place]]++] = {user, place};
    }
  }
  return index;
}

// Where items of a user begin in Split::history_items(), which they are a part of.
std::size_t begin_of(std::span<const ItemId> items, const Split& split) {
  return static_cast<std::size_t>(items.data() - split.history_items().data());
}

// Fills one row at a time, with a dense row of sums as scratch.
class RowBuilder {
 public:
  // `event_weights` as Split::history_items(), or empty.
  RowBuilder(const Split& split, std::span<const float> event_weights, const ItemKnnOptions& options,
             std::span<const float> inverse_norms)
      : split_(&split),
        items_(split.history_items()),
        event_weights_(event_weights),
        options_(options),
        inverse_norms_(inverse_norms),
        sums_(inverse_norms.size(), 0.0f) {
    for (std::int64_t gap = 1; gap <= options.window; ++gap) {
      weights_.push_back(static_cast<float>(1.0 / (1.0 + options.gap_decay * static_cast<double>(gap - 1))));
    }
  }

  std::vector<Neighbor> build(ItemId item, std::span<const Occurrence> occurrences) {
    const auto backward = static_cast<float>(options_.backward);
    for (const Occurrence& at : occurrences) {
      const auto train = split_->train_items(at.user);
      const std::size_t position = begin_of(train, *split_) + at.place;
      const std::size_t after = std::min(weights_.size(), train.size() - at.place - 1);
      const std::size_t before = std::min<std::size_t>(weights_.size(), at.place);
      for (std::size_t gap = 1; gap <= after; ++gap) add_pair(position, position + gap, weights_[gap - 1]);
      for (std::size_t gap = 1; gap <= before; ++gap) add_pair(position, position - gap, weights_[gap - 1] * backward);
    }
    return take_row(item);
  }

 private:
  void add_pair(std::size_t from, std::size_t to, float weight) {
    if (!event_weights_.empty()) weight *= event_weights_[from] * event_weights_[to];
    add(items_[to], weight);
  }

  void add(ItemId item, float weight) {
    if (sums_[item] == 0.0f) touched_.push_back(item);
    sums_[item] += weight;
  }

  std::vector<Neighbor> take_row(ItemId item) {
    std::vector<Neighbor> row;
    row.reserve(touched_.size());
    for (const ItemId other : touched_) {
      const float weight = std::exchange(sums_[other], 0.0f) * inverse_norms_[item] * inverse_norms_[other];
      if (weight > 0.0f) row.push_back({other, weight});
    }
    touched_.clear();
    const auto most = static_cast<std::size_t>(options_.max_neighbors);
    if (most > 0 && row.size() > most) {
      std::nth_element(row.begin(), row.begin() + options_.max_neighbors, row.end(),
                       [](const Neighbor& a, const Neighbor& b) {
                         return a.weight > b.weight || (a.weight == b.weight && a.item < b.item);
                       });
      row.resize(most);
    }
    std::sort(row.begin(), row.end(), [](const Neighbor& a, const Neighbor& b) { return a.item < b.item; });
    return row;
  }

  const Split* split_;
  std::span<const ItemId> items_;
  std::span<const float> event_weights_;
  const ItemKnnOptions& options_;
  std::span<const float> inverse_norms_;
  std::vector<float> weights_;  // of a gap of 1, 2, ...
  std::vector<float> sums_;     // [item_count], all zero between rows
  std::vector<ItemId> touched_;
};

// The number of occurrences, or the sum of their squared weights: what a pair of an event with itself would count.
double count_of(std::span<const Occurrence> occurrences, const Split& split, std::span<const float> event_weights) {
  if (event_weights.empty()) return static_cast<double>(occurrences.size());
  double sum = 0;
  for (const Occurrence& at : occurrences) {
    const auto weight = static_cast<double>(event_weights[begin_of(split.train_items(at.user), split) + at.place]);
    sum += weight * weight;
  }
  return sum;
}

double squared(std::span<const float> event_weights, std::size_t at) {
  return event_weights.empty() ? 1.0 : static_cast<double>(event_weights[at]) * static_cast<double>(event_weights[at]);
}

std::vector<float> inverse_norms_of(const OccurrenceIndex& index, const Split& split,
                                    std::span<const float> event_weights, double shrinkage) {
  std::vector<float> norms(index.begins.size() - 1);
  for (ItemId item = 0; item < norms.size(); ++item) {
    const double count = count_of(index.of(item), split, event_weights);
    if (count > 0) norms[item] = static_cast<float>(1.0 / std::sqrt(count + shrinkage));
  }
  return norms;
}

std::vector<std::vector<Neighbor>> count_rows(const Split& split, const ItemKnnOptions& options, std::size_t threads) {
  const OccurrenceIndex index = index_occurrences(split);
  const std::vector<float> event_weights = history_event_weights(split);
  const std::vector<float> norms = inverse_norms_of(index, split, event_weights, options.shrinkage);
  std::vector<std::vector<Neighbor>> rows(norms.size());
  ThreadPool pool(threads);
  std::vector<RowBuilder> builders(pool.size(), RowBuilder(split, event_weights, options, norms));
  pool.parallel_for(rows.size(), 64, [&](std::size_t begin, std::size_t end, std::size_t worker) {
    for (std::size_t row = begin; row < end; ++row) {
      const auto item = static_cast<ItemId>(row);
      rows[row] = builders[worker].build(item, index.of(item));
    }
  });
  return rows;
}

}  // namespace

void ItemKnnOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  table.add("knn.window", &window, {.help = "item-kNN: pairs at most this many steps apart count", .minimum = 1});
  table.add("knn.gap_decay", &gap_decay,
            {.help = "item-kNN: a pair `gap` steps apart weighs 1/(1 + this * (gap-1))", .minimum = 0});
  table.add("knn.backward", &backward,
            {.help = "item-kNN: share of the weight for pairs against the order of time", .minimum = 0, .maximum = 1});
  table.add("knn.shrinkage", &shrinkage, {.help = "item-kNN: added to the counts of both items", .minimum = 0});
  table.add("knn.history", &history, {.help = "item-kNN: last items of a history that are used", .minimum = 1});
  table.add("knn.recency", &recency,
            {.help = "item-kNN: an item weighs this to the power of its age in steps", .minimum = 0, .maximum = 1});
  table.add(
      "knn.max_neighbors", &max_neighbors,
      {.help = "item-kNN: strongest neighbors kept per item, 0 = all", .minimum = 0, .former = {"knn.max_neighbours"}});
}

ItemKnnSource::ItemKnnSource(const Split& split, const ItemKnnOptions& options, std::size_t threads)
    : CountingSource(split.corpus().item_count()), options_(options) {
  if (!split.is_sequential()) {
    throw usage_error("item-kNN needs histories",
                      {.expected = "a split that cuts each user's time line", .got = "split '" + split.name() + "'"});
  }
  std::vector<std::vector<Neighbor>> rows = count_rows(split, options, threads);
  begins_.assign(1, 0);
  begins_.reserve(item_count() + 1);
  for (const auto& row : rows) begins_.push_back(begins_.back() + row.size());
  neighbors_.reserve(begins_.back());
  for (auto& row : rows) {
    neighbors_.insert(neighbors_.end(), row.begin(), row.end());
    std::vector<Neighbor>().swap(row);
  }
}

ItemKnnSource::ItemKnnSource(const FittedState& state, const ItemKnnOptions& options, std::size_t item_count)
    : CountingSource(item_count), options_(options), begins_(state.get<std::uint64_t>("begins", item_count + 1)) {
  const auto items = state.get<ItemId>("items");
  const auto weights = state.get<float>("weights", items.size());
  const bool whole = begins_.front() == 0 && begins_.back() == items.size();
  if (!whole || !std::is_sorted(begins_.begin(), begins_.end())) {
    throw state.damage(fmt::format("begins from 0 to {}", items.size()), fmt::format("{}", begins_.back()));
  }
  neighbors_.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i] >= item_count)
      throw state.damage(fmt::format("items below {}", item_count), fmt::format("{}", items[i]));
    neighbors_.push_back({items[i], weights[i]});
  }
}

FittedState ItemKnnSource::state() const {
  std::vector<ItemId> items;
  std::vector<float> weights;
  for (const Neighbor& neighbor : neighbors_) {
    items.push_back(neighbor.item);
    weights.push_back(neighbor.weight);
  }
  FittedState state;
  state.put("begins", begins_);
  state.put("items", items);
  state.put("weights", weights);
  return state;
}

std::span<const ItemKnnSource::Neighbor> ItemKnnSource::neighbors_of(ItemId item) const {
  return std::span(neighbors_).subspan(begins_[item], begins_[item + 1] - begins_[item]);
}

void ItemKnnSource::remember_users(std::shared_ptr<const Split> training) {
  training_ = std::move(training);
  event_weights_ = history_event_weights(*training_);
  counts_.assign(item_count(), 0);
  for (UserId user = 0; user < training_->corpus().user_count(); ++user) {
    const auto items = training_->train_items(user);
    const auto weights = event_weights_of(user);
    for (std::size_t i = 0; i < items.size(); ++i) counts_[items[i]] += squared(weights, i);
  }
}

std::span<const float> ItemKnnSource::event_weights_of(UserId user) const {
  if (event_weights_.empty()) return {};
  const auto items = training_->train_items(user);
  return std::span(event_weights_).subspan(begin_of(items, *training_), items.size());
}

void ItemKnnSource::score(const CandidateQuery& query, std::span<float> scores) const {
  std::fill(scores.begin(), scores.end(), 0.0f);
  add_neighbors(query.history, scores);
}

void ItemKnnSource::add_neighbors(std::span<const ItemId> history, std::span<float> scores) const {
  const std::size_t looked_at = std::min(history.size(), static_cast<std::size_t>(options_.history));
  double weight = 1.0;
  for (std::size_t age = 0; age < looked_at; ++age, weight *= options_.recency) {
    const ItemId item = history[history.size() - 1 - age];
    if (item >= item_count()) continue;
    const auto scale = static_cast<float>(weight);
    for (const Neighbor& neighbor : neighbors_of(item)) scores[neighbor.item] += scale * neighbor.weight;
  }
}

std::vector<float> ItemKnnSource::contributions(std::span<const ItemId> history, ItemId item) const {
  std::vector<float> parts(history.size(), 0.0f);
  const std::size_t looked_at = std::min(history.size(), static_cast<std::size_t>(options_.history));
  double weight = 1.0;
  for (std::size_t age = 0; age < looked_at; ++age, weight *= options_.recency) {
    const std::size_t at = history.size() - 1 - age;
    if (history[at] >= item_count()) continue;
    const auto neighbors = neighbors_of(history[at]);
    const auto found = std::lower_bound(neighbors.begin(), neighbors.end(), item,
                                        [](const Neighbor& neighbor, ItemId wanted) { return neighbor.item < wanted; });
    if (found != neighbors.end() && found->item == item) parts[at] = static_cast<float>(weight) * found->weight;
  }
  return parts;
}

void ItemKnnSource::score_without(UserId own, std::span<const ItemId> history, std::span<float> scores) const {
  std::fill(scores.begin(), scores.end(), 0.0f);
  if (own == kUnknownUser) return add_neighbors(history, scores);
  take_out(own, history, scores);
}

double ItemKnnSource::inverse_norm(ItemId item, double without) const {
  constexpr double kNothing = 1e-9;  // what sums of weights leave of a difference that is zero
  const double count = counts_[item] - without;
  return count < kNothing ? 0.0 : 1.0 / std::sqrt(count + options_.shrinkage);
}

// With counts C and inverse norms q of all users, and c and q' those of the user's own pairs and without the user:
// sum_i r_i (C_ij - c_ij) q'_i q'_j over the history's items i of recency r_i. Rows hold C_ij q_i q_j, and q' is q for
// items that the user does not have.
void ItemKnnSource::take_out(UserId own, std::span<const ItemId> history, std::span<float> scores) const {
  const auto items = training_->train_items(own);
  const auto weights = event_weights_of(own);
  std::map<ItemId, double> mine;
  for (std::size_t i = 0; i < items.size(); ++i) mine[items[i]] += squared(weights, i);
  std::map<ItemId, double> own_sums;  // sum_i r_i c_ij q'_i
  const std::size_t looked_at = std::min(history.size(), static_cast<std::size_t>(options_.history));
  double recency = 1.0;
  for (std::size_t age = 0; age < looked_at; ++age, recency *= options_.recency) {
    const ItemId item = history[history.size() - 1 - age];
    if (item >= item_count()) continue;
    const double norm = inverse_norm(item, mine[item]);
    const auto scale = static_cast<float>(recency * norm / inverse_norm(item, 0));
    for (const Neighbor& neighbor : neighbors_of(item)) scores[neighbor.item] += scale * neighbor.weight;
    for (std::size_t at = 0; at < items.size(); ++at) {
      if (items[at] == item) add_pairs(own, at, recency * norm, own_sums);
    }
  }
  for (const auto& [item, count] : mine) {
    if (scores[item] == 0.0f) continue;
    const double all = scores[item] / inverse_norm(item, 0), rest = all - own_sums[item];
    constexpr double kRounding = 1e-5;  // what float32 sums leave of a difference that is zero
    scores[item] = rest > kRounding * all ? static_cast<float>(rest * inverse_norm(item, count)) : 0.0f;
  }
}

void ItemKnnSource::add_pairs(UserId own, std::size_t at, double scale, std::map<ItemId, double>& sums) const {
  const auto items = training_->train_items(own);
  const auto weights = event_weights_of(own);
  const auto window = static_cast<std::size_t>(options_.window);
  const auto weight = [&](std::size_t gap, std::size_t to) {
    const double both = weights.empty() ? 1.0 : static_cast<double>(weights[at]) * static_cast<double>(weights[to]);
    return both * scale / (1.0 + options_.gap_decay * static_cast<double>(gap - 1));
  };
  for (std::size_t gap = 1; gap <= window && at + gap < items.size(); ++gap) {
    sums[items[at + gap]] += weight(gap, at + gap);
  }
  for (std::size_t gap = 1; gap <= window && gap <= at; ++gap) {
    sums[items[at - gap]] += weight(gap, at - gap) * options_.backward;
  }
}

}  // namespace p5
