// Points as short rows of small numbers, one a level, by which near points get like rows; and how points that got equal
// rows are told apart. Plain values; thread-safe: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "clustering/points.h"

namespace p5 {

struct LevelCodes {
  std::size_t levels = 0;
  std::size_t size = 0;               // codes of a level: values are below it
  std::vector<std::uint32_t> values;  // [points, levels]
  // What the last level quantised: points [points, width] and its codebook [size, width].
  std::vector<float> last_points, last_codebook;
  std::size_t last_width = 0;

  std::size_t points() const { return levels == 0 ? 0 : values.size() / levels; }
  std::span<const std::uint32_t> of(std::size_t point) const {
    return std::span(values).subspan(point * levels, levels);
  }
};

// Share of the codes of each level that some point has, [levels].
std::vector<double> code_usage(const LevelCodes& codes);
// Points with the same row as another point.
std::size_t colliding_points(const LevelCodes& codes);

// Gives points with equal rows different codes on the last level: of the points that share all levels before, each
// takes a code of its own, so that the sum of squared distances is about the least (optimal transport by Sinkhorn's
// iterations, Cuturi, NIPS 2013; for ids: LC-Rec, Zheng et al. 2024). Groups of more points than codes stay as they
// are.
void separate_by_sinkhorn(LevelCodes& codes);

}  // namespace p5
