// The mean training rating, the same for all users and items. Thread-safe.
#pragma once

#include <string>

#include "corpus/split.h"
#include "retrieval/rating_predictor.h"

namespace p5 {

// The mean of the train part's ratings. Throws InvalidArgument when it has none.
double mean_train_rating(const Split& split);

class GlobalMeanPredictor final : public RatingPredictor {
 public:
  explicit GlobalMeanPredictor(const Split& split) : mean_(static_cast<float>(mean_train_rating(split))) {}

  std::string name() const override { return "global-mean"; }
  float predict(UserId user, ItemId item) const override { return mean_; }

 private:
  float mean_;
};

}  // namespace p5
