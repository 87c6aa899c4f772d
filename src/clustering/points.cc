#include "clustering/points.h"

namespace p5 {

std::vector<float> gather(const Points& points, std::span<const std::uint32_t> chosen) {
  std::vector<float> values;
  values.reserve(chosen.size() * points.width);
  for (const std::uint32_t point : chosen) values.insert(values.end(), points[point].begin(), points[point].end());
  return values;
}

}  // namespace p5
