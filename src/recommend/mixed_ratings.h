// The rating predictors of a run, and the mixture of them with the model that answers "how many stars". Immutable;
// thread-safe.
#pragma once

#include <memory>
#include <vector>

#include "recommend/rating_distribution.h"
#include "recommend/rating_mixture.h"
#include "recommend/source_row.h"

namespace p5 {

class MixedRatings {
 public:
  // The predictors that are mixed with the model: those that count, matrix factorization, and where users have
  // attributes, logistic regression.
  static std::vector<std::string> predictors(const Corpus& corpus);

  // Opens the parts of the mixture, which are read from the folder of fitted sources or fit. Throws Corrupted (model)
  // for a part that is not a rating predictor.
  MixedRatings(const RatingMixture& mixture, const SourceInputs& inputs);

  // `stars`: the model's, of the pair.
  double stars(double stars, UserId user, ItemId item) const;
  // The distribution with the same odds between its levels up to a factor per level, such that `stars` is its mean
  // (exponential tilting): what is shown agrees with what is said.
  static RatingDistribution tilted(const RatingDistribution& distribution, double stars, const RatingScale& scale);

 private:
  RatingMixture mixture_;
  RatingScale scale_;
  std::vector<std::unique_ptr<RatingPredictor>> parts_;  // [parts of the mixture]; null: the model
};

}  // namespace p5
