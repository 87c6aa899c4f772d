// Stars by several predictors together: stars = offset + sum of share * stars of each, shares not negative, with the
// least squared error on validation reviews (stacking; Breiman 1996, "Stacked regressions"). A plain value.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/rating_scale.h"

namespace p5 {

struct RatingMixture {
  static constexpr std::string_view kModel = "p5";  // the part that is the model; others are rating predictors

  std::vector<std::string> parts = {};  // names; none where nothing was fit
  std::vector<double> shares = {};      // [parts]
  double offset = 0;

  // `stars` [parts][reviews], `truth` [reviews]. No mixture of fewer reviews than 10 for each part.
  static RatingMixture fit(std::vector<std::string> parts, const std::vector<std::vector<double>>& stars,
                           std::span<const double> truth);
  // `stars` [parts], as the parts predict them; within the scale.
  double of(std::span<const double> stars, const RatingScale& scale) const;

  bool operator==(const RatingMixture&) const = default;
};

}  // namespace p5
