// Ratings by logistic regression on sparse features, the usual baseline of predicted click rates (McMahan et al. 2013,
// "Ad click prediction: a view from the trenches"): one weight per level of the scale for each user, item, attribute of
// the user, label of the item, and pair of such an attribute and label. The prediction is the expected rating; on a
// scale of 0 and 1 it is the probability of 1. Immutable; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "corpus/rating_scale.h"
#include "corpus/split.h"
#include "retrieval/fitted_state.h"
#include "retrieval/rating_predictor.h"
#include "text/word_regression.h"

namespace p5 {

class FeatureRatingPredictor final : public RatingPredictor {
 public:
  // Fits on at most 200,000 ratings of the train part, drawn by seed; the penalty on weights is the one of three that
  // has the least log loss on the validation part. Numbers of users and items are features by the tenth of all users
  // (items) that they are in. Throws InvalidArgument when the train part has no ratings.
  explicit FeatureRatingPredictor(const Split& split);

  // As it was saved; features are read from the corpus. Throws Corrupted (model).
  FeatureRatingPredictor(const FittedState& state, const Corpus& corpus);
  FittedState state() const;

  // Whether the corpus knows something of its users: without it, users' and items' means say as much.
  static bool has_features(const Corpus& corpus);

  std::string name() const override { return "logistic-regression"; }
  float predict(UserId user, ItemId item) const override;

 private:
  RatingScale scale_;
  std::vector<std::vector<std::string>> users_, items_;  // features of each, by id
  WordRegression regression_;
};

}  // namespace p5
