// Principal component analysis. Thread-safe: pure functions.
#pragma once

#include <cstddef>
#include <vector>

#include "base/thread_pool.h"
#include "clustering/points.h"

namespace p5 {

struct PrincipalAxes {
  std::vector<float> mean;       // [width]
  std::vector<float> axes;       // [width, width], one a row, the most variance first
  std::vector<float> variances;  // [width]
};

PrincipalAxes principal_axes(const Points& points, ThreadPool& pool);

// [points, axes]: the points less the mean, in the coordinates of some axes [axes, width].
std::vector<float> project(const Points& points, const PrincipalAxes& analysis, std::span<const float> axes,
                           ThreadPool& pool);

}  // namespace p5
