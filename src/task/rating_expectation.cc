#include "task/rating_expectation.h"

#include <algorithm>

namespace p5 {

double RatingExpectation::Residuals::bias(std::size_t index, double left_out, double left_out_count,
                                          double shrinkage) const {
  const double count = counts[index] - left_out_count + shrinkage;
  return count > 0 ? (sums[index] - left_out) / count : 0.0;
}

void RatingExpectation::count_once() const {
  std::call_once(counted_, [this] {
    const Corpus& corpus = reviews_->corpus();
    const MarkedPositions all = reviews_->rated_positions(Part::kTrain);
    if (all.begin() == all.end()) return;
    means_ = std::make_unique<const UserItemMeanPredictor>(*reviews_, options_);
    users_ = {std::vector<double>(corpus.user_count()), std::vector<double>(corpus.user_count())};
    items_ = {std::vector<double>(corpus.item_count()), std::vector<double>(corpus.item_count())};
    interactions_.resize(corpus.user_count());
    for (const std::size_t i : reviews_->rated_positions(Part::kTrain)) {
      const UserId user = corpus.users()[i];
      const ItemId item = corpus.items()[i];
      const double above = corpus.ratings()[i] - means_->mean();
      users_.sums[user] += above - means_->item_bias(item);
      items_.sums[item] += above - means_->user_bias(user);
      ++users_.counts[user];
      ++items_.counts[item];
      interactions_[user].push_back(i);
    }
  });
}

double RatingExpectation::of(UserId user, ItemId item) const {
  count_once();
  const Corpus& corpus = reviews_->corpus();
  double sum = 0, count = 0;  // of the pair's own ratings, less the mean
  for (const std::size_t i : interactions_[user]) {
    if (corpus.items()[i] != item) continue;
    sum += corpus.ratings()[i] - means_->mean();
    ++count;
  }
  const double user_bias = users_.bias(user, sum - count * means_->item_bias(item), count, options_.user_shrinkage);
  const double item_bias = items_.bias(item, sum - count * means_->user_bias(user), count, options_.item_shrinkage);
  return means_->mean() + user_bias + item_bias;
}

std::string RatingExpectation::in_words(UserId user, ItemId item) const {
  count_once();
  if (means_ == nullptr) return {};
  return scale_.fine_word(of(user, item));
}

}  // namespace p5
