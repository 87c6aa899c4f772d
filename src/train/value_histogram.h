// How numbers are spread, as TensorBoard shows it: counts in intervals of equal width. A plain value; the function is
// thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace p5 {

struct ValueHistogram {
  double minimum = 0, maximum = 0, sum = 0, sum_of_squares = 0;
  std::uint64_t count = 0;
  std::vector<double> limits;  // the upper end of each interval
  std::vector<double> counts;  // as many
};

// Of the finite values; no intervals where there are none. One interval where all are equal.
ValueHistogram histogram_of(std::span<const float> values, std::size_t intervals = 30);

}  // namespace p5
