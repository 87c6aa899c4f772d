// Stars as probabilities. A plain value.
#pragma once

#include <array>

namespace p5 {

using RatingDistribution = std::array<double, 5>;  // of 1 to 5 stars; sums to 1

}  // namespace p5
