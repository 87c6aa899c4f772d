#include "clustering/principal_axes.h"

#include <algorithm>

#include "retrieval/dense_algebra.h"

namespace p5 {
namespace {

std::vector<float> centered(const Points& points, std::span<const float> mean) {
  std::vector<float> values(points.values.begin(), points.values.end());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] -= mean[i % points.width];
  return values;
}

// [columns, rows]
std::vector<float> turned(const std::vector<float>& values, std::size_t columns) {
  const std::size_t rows = values.size() / columns;
  std::vector<float> result(values.size());
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column)
      result[column * rows + row] = values[row * columns + column];
  }
  return result;
}

}  // namespace

PrincipalAxes principal_axes(const Points& points, ThreadPool& pool) {
  const std::size_t width = points.width;
  const auto count = static_cast<double>(points.size());
  std::vector<double> sums(width, 0.0);
  for (std::size_t i = 0; i < points.values.size(); ++i) sums[i % width] += points.values[i];
  PrincipalAxes result;
  for (const double sum : sums) result.mean.push_back(static_cast<float>(sum / count));
  const std::vector<float> columns = turned(centered(points, result.mean), width);
  std::vector<float> covariance(width * width);
  multiply_transposed(columns, columns, points.size(), covariance, pool);
  std::vector<float> ascending = symmetric_eigenvectors(covariance, width);
  for (std::size_t axis = width; axis-- > 0;) {
    result.variances.push_back(static_cast<float>(std::max(0.0f, ascending[axis]) / count));
    const auto row = std::span(covariance).subspan(axis * width, width);
    result.axes.insert(result.axes.end(), row.begin(), row.end());
  }
  return result;
}

std::vector<float> project(const Points& points, const PrincipalAxes& analysis, std::span<const float> axes,
                           ThreadPool& pool) {
  std::vector<float> result(points.size() * (axes.size() / points.width));
  multiply_transposed(centered(points, analysis.mean), axes, points.width, result, pool);
  return result;
}

}  // namespace p5
