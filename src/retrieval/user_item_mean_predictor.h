// The user-and-item-mean baseline of rating prediction: mu + b_u + b_i, where a bias is shrunk towards zero more
// strongly the fewer ratings it has. It is the usual baseline estimate (Koren, "Factorization meets the neighborhood",
// KDD 2008, section 2.1). The plain average of the user's and the item's mean is unreliable where one of them has a
// single rating. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "corpus/split.h"
#include "retrieval/fitted_state.h"
#include "retrieval/rating_predictor.h"

namespace p5 {

struct UserItemMeanOptions {
  double user_shrinkage = 15.0;  // as if this many ratings with a residual of 0 were added
  double item_shrinkage = 10.0;
  std::int64_t sweeps = 10;  // alternating passes; the biases converge within a few
};

class UserItemMeanPredictor final : public RatingPredictor {
 public:
  // Fits on the train part. Throws InvalidArgument when it has no ratings.
  explicit UserItemMeanPredictor(const Split& split, const UserItemMeanOptions& options = {});
  // As it was saved. Throws Corrupted (model) for a state of another shape.
  explicit UserItemMeanPredictor(const FittedState& state);

  FittedState state() const;

  std::string name() const override { return "user-item-mean"; }
  float predict(UserId user, ItemId item) const override;
  double mean() const { return mean_; }  // mu
  double user_bias(UserId user) const { return user_bias_[user]; }
  double item_bias(ItemId item) const { return item_bias_[item]; }

 private:
  double mean_;
  std::vector<double> user_bias_;  // [user_count]
  std::vector<double> item_bias_;  // [item_count]
};

}  // namespace p5
