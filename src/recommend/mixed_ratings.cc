#include "recommend/mixed_ratings.h"

#include <algorithm>
#include <cmath>

#include "p5/error.h"
#include "recommend/candidate_sources.h"
#include "recommend/feature_rating_predictor.h"
#include "recommend/opened_sources.h"

namespace p5 {

std::vector<std::string> MixedRatings::predictors(const Corpus& corpus) {
  std::vector<std::string> names{"user-item-mean", "matrix-factorization"};
  if (FeatureRatingPredictor::has_features(corpus)) names.emplace_back("logistic-regression");
  return names;
}

MixedRatings::MixedRatings(const RatingMixture& mixture, const SourceInputs& inputs)
    : mixture_(mixture), scale_(inputs.run.bundle.scale) {
  for (const std::string& name : mixture.parts) {
    auto& part = parts_.emplace_back();
    if (name == RatingMixture::kModel) continue;
    const auto* row = find_rating_predictor(name);
    if (row == nullptr) {
      throw Error(ErrorCode::kCorrupted, ErrorSubject::kModel, "no such predictor of ratings",
                  {.where = "stars.json, mixture", .got = "'" + name + "'"});
    }
    part = open_source(*row, inputs);
  }
}

double MixedRatings::stars(double stars, UserId user, ItemId item) const {
  std::vector<double> of_parts;
  for (const auto& part : parts_) {
    of_parts.push_back(part == nullptr ? stars : scale_.clamp(static_cast<double>(part->predict(user, item))));
  }
  return mixture_.of(of_parts, scale_);
}

RatingDistribution MixedRatings::tilted(const RatingDistribution& distribution, double stars,
                                        const RatingScale& scale) {
  constexpr double kLeast = 1e-4, kSteepest = 60;  // of a level's probability; of the exponent over the whole scale
  constexpr int kSteps = 60;
  RatingDistribution tilted(distribution.size());
  const auto mean_at = [&](double slope) {
    double sum = 0, mean = 0;
    for (std::size_t level = 0; level < tilted.size(); ++level) {
      const double place = static_cast<double>(level) / static_cast<double>(tilted.size() - 1) - 0.5;
      tilted[level] = std::max(distribution[level], kLeast) * std::exp(slope * place);
      sum += tilted[level];
    }
    for (std::size_t level = 0; level < tilted.size(); ++level) {
      tilted[level] /= sum;
      mean += tilted[level] * scale.level(level);
    }
    return mean;
  };
  double low = -kSteepest, high = kSteepest;  // the mean grows with the slope
  for (int step = 0; step < kSteps; ++step) {
    const double middle = (low + high) / 2;
    (mean_at(middle) < stars ? low : high) = middle;
  }
  mean_at((low + high) / 2);
  return tilted;
}

}  // namespace p5
