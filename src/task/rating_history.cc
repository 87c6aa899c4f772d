#include "task/rating_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "corpus/interaction.h"

namespace p5 {
namespace {

// Of `interactions`, from old to new, at most `limit` that are not `hidden`.
template <typename Hidden>
std::vector<std::size_t> latest(std::span<const std::size_t> interactions, std::size_t limit, Hidden hidden) {
  std::vector<std::size_t> shown;
  for (auto at = interactions.rbegin(); at != interactions.rend() && shown.size() < limit; ++at) {
    if (!hidden(*at)) shown.push_back(*at);
  }
  std::reverse(shown.begin(), shown.end());
  return shown;
}

template <typename Hidden>
std::vector<std::size_t> any(std::span<const std::size_t> interactions, std::size_t limit, Hidden hidden, Rng& rng) {
  // The first steps of a shuffle that would go through all of them.
  std::vector<std::size_t> drawn(interactions.begin(), interactions.end()), shown;
  for (std::size_t i = 0; i < drawn.size() && shown.size() < limit; ++i) {
    std::swap(drawn[i], drawn[i + rng.below(drawn.size() - i)]);
    if (!hidden(drawn[i])) shown.push_back(drawn[i]);
  }
  return shown;
}

template <typename Hidden>
std::vector<std::size_t> shown(std::span<const std::size_t> interactions, std::size_t limit, Hidden hidden, Rng* rng) {
  return rng != nullptr ? any(interactions, limit, hidden, *rng) : latest(interactions, limit, hidden);
}

}  // namespace

RatingHistory::Index::Index(const Split& split, std::span<const std::uint32_t> keys, std::size_t key_count)
    : first_(key_count + 1, 0) {
  const auto times = split.corpus().times();
  const auto ratings = split.corpus().ratings();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (split.part_of(i) == Part::kTrain && std::isfinite(ratings[i])) interactions_.push_back(i);
  }
  std::sort(interactions_.begin(), interactions_.end(), [&](std::size_t a, std::size_t b) {
    return std::tuple(keys[a], times[a], a) < std::tuple(keys[b], times[b], b);
  });
  for (const std::size_t i : interactions_) ++first_[keys[i] + 1];
  std::partial_sum(first_.begin(), first_.end(), first_.begin());
}

void RatingHistory::sort_once() const {
  std::call_once(sorted_, [this] {
    const Corpus& corpus = split_->corpus();
    of_users_ = Index(*split_, corpus.users(), corpus.user_count());
    of_items_ = Index(*split_, corpus.items(), corpus.item_count());
  });
}

std::string RatingHistory::in_words(const std::vector<std::size_t>& interactions) const {
  std::vector<std::string> stars;
  for (const std::size_t at : interactions) {
    stars.push_back(RatingScale::word(scale_.nearest_level(split_->corpus().ratings()[at])));
  }
  return fmt::format("{}", fmt::join(stars, " "));
}

std::string RatingHistory::given(UserId user, std::optional<ItemId> item, std::size_t limit, Rng* rng) const {
  sort_once();
  const auto hidden = [&](std::size_t at) { return split_->corpus().items()[at] == item; };
  return in_words(shown(of_users_.of(user), limit, hidden, rng));
}

std::string RatingHistory::given(UserId user, std::optional<ItemId> item, std::size_t limit,
                                 std::span<const double> later) const {
  later = later.last(std::min(later.size(), limit));
  std::string stars = given(user, item, limit - later.size());
  for (const double rating : later)
    stars += (stars.empty() ? "" : " ") + RatingScale::word(scale_.nearest_level(rating));
  return stars;
}

std::string RatingHistory::received(ItemId item, std::optional<UserId> user, std::size_t limit, Rng* rng) const {
  sort_once();
  const auto hidden = [&](std::size_t at) { return split_->corpus().users()[at] == user; };
  return in_words(shown(of_items_.of(item), limit, hidden, rng));
}

}  // namespace p5
