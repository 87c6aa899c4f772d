// Stars as probabilities. A plain value.
#pragma once

#include <vector>

namespace p5 {

using RatingDistribution = std::vector<double>;  // of the levels of a scale; sums to 1

}  // namespace p5
