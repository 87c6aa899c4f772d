// The softmax of logits = A * B on Intel AMX tiles, in blocks of 32 x 32 that are never stored as a matrix: while the
// tile unit multiplies one block, the vector unit works on the previous one, so that part of the exponentials overlaps
// with the products. Thread-safe: free functions over plain memory; they REQUIRE an open session on this thread
// (tile_kernel.h).
#pragma once

#include <cstdint>

#include "nn/matrix_product.h"
#include "nn/tile_kernel.h"

namespace p5::tiles {

// A and B as multiply() takes them, of [rows, depth] and [depth, columns].
struct Logits {
  const float* left = nullptr;
  PackedRight right;
  Depth depth;
  std::int64_t rows = 0, columns = 0;
};
Logits logits_of(const LeftFactor& left, const RightFactor& right);

// For each row the sum of exp(logit - shift), in kSumLanes lanes; it starts with kNoShift and zeros. A shift is a logit
// of the row that few logits exceed by much: sums stay in the range of float32 and lose no precision.
inline constexpr std::int64_t kSumLanes = 16;
inline constexpr float kNoShift = -1e38f;  // below all logits; from -infinity there are no distances
struct RunningSums {
  float* shifts = nullptr;  // [rows]
  float* lanes = nullptr;   // [rows, kSumLanes]
};
// Labels of rows among the columns of some logits, whose first one is of label `first`.
struct Labels {
  const std::int64_t* of_rows = nullptr;  // [rows]
  std::int64_t first = 0;

  // The row's label as a column; outside of the logits where the label is not among them.
  std::int64_t column(std::int64_t row) const { return of_rows[row] - first; }
};

// Adds the rows' logits to the sums, and writes the logits of the labels that are among the columns.
void take_in(const Logits& logits, const RunningSums& sums, const Labels& labels, float* label_logits);

// P = weight * (exp(logit - log_sum) - [column is label]), row by row.
struct SoftmaxSlopes {
  const float* log_sums = nullptr;  // [rows]
  const float* weights = nullptr;   // [rows]
  Labels labels;
};
// Packs P as a left factor [rows, columns] and as a right one [depth = rows, columns], in `parts` parts.
void pack_slopes(const Logits& logits, const SoftmaxSlopes& slopes, int parts, float* left, float* right);

}  // namespace p5::tiles
