#include "corpus/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "base/draw.h"
#include "base/rng.h"
#include "p5/error.h"

namespace p5 {
namespace {

bool cuts_every_time_line(const Corpus& corpus, std::span<const Part> marks) {
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    const auto range = corpus.range_of(user);
    Part last = Part::kTrain;
    for (const Part part : marks.subspan(range.begin, range.size())) {
      if (part == Part::kUnused) continue;
      if (part < last) return false;
      last = part;
    }
  }
  return true;
}

// Moves every interaction of the user with an item that `ranking` holds out, repeats in the training part included, to
// the part that holds the item out (test when both do), leaves unused what `ranking` does not use, and sets `settled`
// for all of these.
void hold_out(const Split& ranking, UserId user, std::vector<Part>& marks, std::vector<bool>& settled) {
  const Corpus& corpus = ranking.corpus();
  const auto range = corpus.range_of(user);
  std::unordered_map<ItemId, Part> held;
  for (std::size_t i = range.begin; i < range.end; ++i) {
    if (ranking.part_of(i) == Part::kTrain || ranking.part_of(i) == Part::kUnused) continue;
    Part& part = held[corpus.items()[i]];
    part = std::max(part, ranking.part_of(i));
  }
  for (std::size_t i = range.begin; i < range.end; ++i) {
    const auto found = held.find(corpus.items()[i]);
    if (found == held.end() && ranking.part_of(i) != Part::kUnused) continue;
    marks[i] = found == held.end() ? Part::kUnused : found->second;
    settled[i] = true;
  }
}

// Takes interactions in the order given until every user and item that has any is covered.
void cover_users_and_items(const Corpus& corpus, std::span<const std::size_t> order, std::vector<bool>& taken) {
  std::vector<bool> user_covered(corpus.user_count()), item_covered(corpus.item_count());
  for (const std::size_t i : order) {
    const UserId user = corpus.users()[i];
    const ItemId item = corpus.items()[i];
    if (user_covered[user] && item_covered[item]) continue;
    user_covered[user] = item_covered[item] = true;
    taken[i] = true;
  }
}

void check_ratios(const RatioSplitOptions& options) {
  const bool fits = options.valid >= 0 && options.test >= 0 && options.valid + options.test < 1;
  if (fits) return;
  throw usage_error("bad shares of a ratio split",
                    {.expected = "validation and test shares of 0 or more that sum to less than 1",
                     .got = fmt::format("{} and {}", options.valid, options.test)});
}

}  // namespace

Split::Split(std::shared_ptr<const Corpus> corpus, std::vector<Part> marks, std::string name)
    : corpus_(std::move(corpus)), marks_(std::move(marks)), name_(std::move(name)) {
  assert(marks_.size() == corpus_->interaction_count());
  sequential_ = cuts_every_time_line(*corpus_, marks_);
  if (std::find(marks_.begin(), marks_.end(), Part::kUnused) != marks_.end()) list_used();
}

void Split::list_used() {
  used_begins_.assign(1, 0);
  for (UserId user = 0; user < corpus_->user_count(); ++user) {
    const auto range = corpus_->range_of(user);
    for (std::size_t i = range.begin; i < range.end; ++i) {
      if (marks_[i] == Part::kUnused) continue;
      used_positions_.push_back(i);
      used_items_.push_back(corpus_->items()[i]);
    }
    used_begins_.push_back(used_positions_.size());
  }
}

std::span<const ItemId> Split::history_items() const { return all_used() ? corpus_->items() : used_items_; }

std::size_t Split::hidden_count() const {
  return static_cast<std::size_t>(std::count(hidden_.begin(), hidden_.end(), true));
}

std::span<const ItemId> Split::train_items(UserId user) const { return history_for(user, Part::kValid); }

std::span<const ItemId> Split::history_for(UserId user, Part part) const {
  assert(sequential_ && part != Part::kTrain && part != Part::kUnused);
  const auto before = [part](Part mark) { return mark < part; };
  if (all_used()) {
    const auto range = corpus_->range_of(user);
    const auto own = marks().subspan(range.begin, range.size());
    const auto end = std::partition_point(own.begin(), own.end(), before);
    return corpus_->items().subspan(range.begin, static_cast<std::size_t>(end - own.begin()));
  }
  const std::size_t begin = used_begins_[user];
  const auto own = std::span(used_positions_).subspan(begin, used_begins_[user + 1] - begin);
  const auto end = std::partition_point(own.begin(), own.end(), [&](std::size_t i) { return before(marks_[i]); });
  return std::span(used_items_).subspan(begin, static_cast<std::size_t>(end - own.begin()));
}

std::optional<std::size_t> Split::target_of(UserId user, Part part) const {
  const auto range = corpus_->range_of(user);
  const auto own = marks().subspan(range.begin, range.size());
  const auto found = std::find(own.begin(), own.end(), part);
  if (found == own.end()) return std::nullopt;
  return range.begin + static_cast<std::size_t>(found - own.begin());
}

std::size_t Split::count(Part part) const {
  return static_cast<std::size_t>(std::count(marks_.begin(), marks_.end(), part));
}

Split split_leave_one_out(std::shared_ptr<const Corpus> corpus) {
  std::vector<Part> marks(corpus->interaction_count(), Part::kTrain);
  for (UserId user = 0; user < corpus->user_count(); ++user) {
    const auto range = corpus->range_of(user);
    if (range.size() < 3) continue;
    marks[range.end - 2] = Part::kValid;
    marks[range.end - 1] = Part::kTest;
  }
  return Split(std::move(corpus), std::move(marks), "leave-one-out");
}

Split split_as_given(std::shared_ptr<const Corpus> corpus) {
  const auto given = corpus->given_parts();
  if (given.empty()) {
    throw usage_error("the corpus came without a split",
                      {.where = "split.kind",
                       .expected = "leave-one-out, or an import of files such as train.csv, valid.csv and test.csv",
                       .got = "given"});
  }
  std::vector<Part> marks(given.size());
  std::transform(given.begin(), given.end(), marks.begin(), [](std::uint8_t part) { return static_cast<Part>(part); });
  if (std::find(marks.begin(), marks.end(), Part::kTest) == marks.end()) {
    std::replace(marks.begin(), marks.end(), Part::kValid, Part::kTest);
  }
  const bool has_valid = std::find(marks.begin(), marks.end(), Part::kValid) != marks.end();
  for (UserId user = 0; user < corpus->user_count() && !has_valid; ++user) {
    const auto range = corpus->range_of(user);
    const auto own = std::span(marks).subspan(range.begin, range.size());
    const auto train = static_cast<std::size_t>(std::count(own.begin(), own.end(), Part::kTrain));
    if (train >= 2) own[train - 1] = Part::kValid;
  }
  return Split(std::move(corpus), std::move(marks), "given");
}

Split split_reviews_as_given(const Split& ranking) {
  std::vector<Part> marks(ranking.marks().begin(), ranking.marks().end());
  std::vector<bool> settled(marks.size());
  for (UserId user = 0; user < ranking.corpus().user_count(); ++user) hold_out(ranking, user, marks, settled);
  return Split(ranking.shared_corpus(), std::move(marks), "given");
}

Split split_by_ratio(std::shared_ptr<const Corpus> corpus, const RatioSplitOptions& options, const Split* ranking) {
  check_ratios(options);
  assert(ranking == nullptr || &ranking->corpus() == corpus.get());
  std::vector<Part> marks(corpus->interaction_count(), Part::kTrain);
  std::vector<bool> settled(marks.size());
  if (ranking != nullptr) {
    for (UserId user = 0; user < corpus->user_count(); ++user) hold_out(*ranking, user, marks, settled);
  }

  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    if (!settled[i]) order.push_back(i);
  }
  Rng rng(options.seed, "ratio split");
  rng.shuffle(std::span(order));
  cover_users_and_items(*corpus, order, settled);

  const std::size_t total =
      marks.size() - static_cast<std::size_t>(std::count(marks.begin(), marks.end(), Part::kUnused));
  // Rounding as in the P5 notebooks (train and validation rounded, test the rest), which gives their counts.
  const auto share = [&](double part) {
    return static_cast<std::size_t>(std::llround(part * static_cast<double>(total)));
  };
  const std::size_t valid = share(options.valid), train = share(1 - options.valid - options.test);
  const std::size_t test = total - std::min(total, train + valid);
  // Held-out pairs count towards their part. They may fill or overfill it by themselves.
  std::size_t next = 0;
  for (const auto& [part, wanted] : {std::pair(Part::kTest, test), std::pair(Part::kValid, valid)}) {
    auto have = static_cast<std::size_t>(std::count(marks.begin(), marks.end(), part));
    for (; next < order.size() && have < wanted; ++next) {
      if (settled[order[next]]) continue;
      marks[order[next]] = part;
      ++have;
    }
  }
  return Split(std::move(corpus), std::move(marks), ranking == nullptr ? "ratio" : "review");
}

Split split_by_time(std::shared_ptr<const Corpus> corpus, std::int64_t valid_time_ms, std::int64_t test_time_ms,
                    std::int64_t end_time_ms) {
  if (valid_time_ms > test_time_ms || test_time_ms > end_time_ms) {
    throw usage_error("bad times of a temporal split",
                      {.expected = "the validation part to begin before the test part, and that before it ends",
                       .got = fmt::format("{}, {} and {}", valid_time_ms, test_time_ms, end_time_ms)});
  }
  const auto times = corpus->times();
  if (std::all_of(times.begin(), times.end(), [](std::int64_t time) { return time == kNoTime; })) {
    throw usage_error("a temporal split needs times",
                      {.where = "corpus " + corpus->info().name, .expected = "times", .got = "none"});
  }
  std::vector<Part> marks(times.size());
  std::transform(times.begin(), times.end(), marks.begin(), [&](std::int64_t time) {
    if (time < valid_time_ms) return Part::kTrain;
    if (time < test_time_ms) return Part::kValid;
    return time < end_time_ms || end_time_ms == kNoEnd ? Part::kTest : Part::kUnused;
  });
  return Split(std::move(corpus), std::move(marks), "temporal");
}

std::vector<ItemId> draw_hidden_items(const Corpus& corpus, double share, std::uint64_t seed) {
  const auto count = static_cast<std::size_t>(std::llround(share * static_cast<double>(corpus.items_with_events())));
  std::vector<ItemId> items;
  if (count == 0) return items;
  items.resize(corpus.items_with_events());
  std::iota(items.begin(), items.end(), ItemId{0});
  keep_sample(items, count, Rng(seed, "hidden items"));
  return items;
}

Split hide_items(const Split& split, std::span<const ItemId> hidden) {
  std::vector<bool> is_hidden(split.corpus().item_count());
  for (const ItemId item : hidden) is_hidden[item] = true;
  std::vector<Part> marks(split.marks().begin(), split.marks().end());
  for (const std::size_t i : split.positions(Part::kTrain)) {
    if (is_hidden[split.corpus().items()[i]]) marks[i] = Part::kUnused;
  }
  Split result(split.shared_corpus(), std::move(marks), split.name());
  result.hidden_ = std::move(is_hidden);
  return result;
}

}  // namespace p5
