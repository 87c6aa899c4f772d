// The stars to expect before anything else is known about a user and an item: mu + b_u + b_i, shrunken means (Koren,
// KDD 2008, section 2.1), as a number that a prompt can show. Evidence for ratings, as neighbors are for rankings: what
// the user gave the item is left out of the means, so that no training question shows its own answer. Counted when
// first asked for. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "corpus/rating_scale.h"
#include "corpus/split.h"
#include "retrieval/user_item_mean_predictor.h"

namespace p5 {

class RatingExpectation {
 public:
  // Over the train part of `reviews`.
  explicit RatingExpectation(std::shared_ptr<const Split> reviews, const UserItemMeanOptions& options = {},
                             const RatingScale& scale = {})
      : reviews_(std::move(reviews)), options_(options), scale_(scale) {}

  // The mean of all ratings where nothing else is known of user and item. REQUIRES training ratings.
  double of(UserId user, ItemId item) const;
  // To a tenth of the distance of two levels, "4.3"; empty where the corpus has no training ratings.
  std::string in_words(UserId user, ItemId item) const;

 private:
  // Sums and numbers of one side's ratings, less mean and the other side's bias.
  struct Residuals {
    std::vector<double> sums, counts;
    double bias(std::size_t index, double left_out, double left_out_count, double shrinkage) const;
  };
  void count_once() const;

  std::shared_ptr<const Split> reviews_;
  UserItemMeanOptions options_;
  RatingScale scale_;
  mutable std::once_flag counted_;
  mutable std::unique_ptr<const UserItemMeanPredictor> means_;  // null: no ratings
  mutable Residuals users_, items_;
  mutable std::vector<std::vector<std::size_t>> interactions_;  // rated ones in training, by user
};

}  // namespace p5
