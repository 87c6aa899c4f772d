#include "task/star_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "corpus/interaction.h"
#include "prompt/prompt_renderer.h"

namespace p5 {
namespace {

std::string in_words(const std::vector<int>& newest_first) {
  return fmt::format("{}", fmt::join(newest_first.rbegin(), newest_first.rend(), " "));
}

}  // namespace

StarHistory::StarHistory(const Split& split)
    : corpus_(split.shared_corpus()),
      marks_(split.marks().begin(), split.marks().end()),
      first_of_item_(corpus_->item_count() + 1, 0) {
  const auto items = corpus_->items();
  const auto times = corpus_->times();
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (shows(i) && times[i] != kNoTime) of_items_.push_back(i);
  }
  std::sort(of_items_.begin(), of_items_.end(), [&](std::size_t a, std::size_t b) {
    return std::tuple(items[a], times[a], a) < std::tuple(items[b], times[b], b);
  });
  for (const std::size_t i : of_items_) ++first_of_item_[items[i] + 1];
  std::partial_sum(first_of_item_.begin(), first_of_item_.end(), first_of_item_.begin());
}

bool StarHistory::shows(std::size_t interaction) const {
  return marks_[interaction] == Part::kTrain && std::isfinite(corpus_->ratings()[interaction]);
}

std::optional<std::size_t> StarHistory::meeting(std::optional<UserId> user, std::optional<ItemId> item) const {
  if (!user || !item) return std::nullopt;
  const auto items = corpus_->items_of(*user);
  const auto found = std::find(items.begin(), items.end(), *item);
  if (found == items.end()) return std::nullopt;
  return corpus_->range_of(*user).begin + static_cast<std::size_t>(found - items.begin());
}

std::string StarHistory::given(UserId user, std::optional<ItemId> item, std::size_t most) const {
  const Corpus::Range range = corpus_->range_of(user);
  std::vector<int> stars;
  for (std::size_t end = meeting(user, item).value_or(range.end); end > range.begin && stars.size() < most; --end) {
    if (shows(end - 1)) stars.push_back(star_of(corpus_->ratings()[end - 1]));
  }
  return in_words(stars);
}

std::string StarHistory::received(ItemId item, std::optional<UserId> user, std::size_t most) const {
  const auto times = corpus_->times();
  const auto begin = of_items_.begin() + static_cast<std::ptrdiff_t>(first_of_item_[item]);
  auto end = of_items_.begin() + static_cast<std::ptrdiff_t>(first_of_item_[item + 1]);
  if (const auto now = meeting(user, item)) {
    // A time that is not known is the smallest of all: nothing is earlier.
    end = std::partition_point(begin, end, [&](std::size_t at) { return times[at] < times[*now]; });
  }
  std::vector<int> stars;
  for (; end != begin && stars.size() < most; --end) {
    const std::size_t at = *(end - 1);
    if (!user || corpus_->users()[at] != *user) stars.push_back(star_of(corpus_->ratings()[at]));
  }
  return in_words(stars);
}

}  // namespace p5
