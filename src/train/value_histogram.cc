#include "train/value_histogram.h"

#include <algorithm>
#include <cmath>

namespace p5 {

ValueHistogram histogram_of(std::span<const float> values, std::size_t intervals) {
  ValueHistogram histogram;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    const double number = value;
    histogram.minimum = histogram.count == 0 ? number : std::min(histogram.minimum, number);
    histogram.maximum = histogram.count == 0 ? number : std::max(histogram.maximum, number);
    histogram.sum += number;
    histogram.sum_of_squares += number * number;
    ++histogram.count;
  }
  if (histogram.count == 0) return histogram;
  const double width = (histogram.maximum - histogram.minimum) / static_cast<double>(intervals);
  if (width <= 0) intervals = 1;
  histogram.counts.assign(intervals, 0);
  for (std::size_t i = 1; i <= intervals; ++i) {
    histogram.limits.push_back(i == intervals ? histogram.maximum : histogram.minimum + width * static_cast<double>(i));
  }
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    const double place = width > 0 ? (value - histogram.minimum) / width : 0;
    ++histogram.counts[std::min(intervals - 1, static_cast<std::size_t>(place))];
  }
  return histogram;
}

}  // namespace p5
