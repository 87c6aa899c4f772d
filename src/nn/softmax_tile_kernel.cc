#include "nn/softmax_tile_kernel.h"

#include <algorithm>
#include <limits>

#include "nn/tile_blocks.h"

// Optimized in debug builds too, because tests train real models.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

namespace p5::tiles {

Logits logits_of(const LeftFactor& left, const RightFactor& right) {
  const RightSlice whole = right;
  return {left.data(), whole.packed(), {left.depth(), left.parts()}, left.rows(), right.columns()};
}

#ifdef P5_HAS_TILES

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,amx-tile,amx-bf16")

namespace {

constexpr std::int64_t kBlock = 2 * kEdge;  // rows and columns of a block of logits
constexpr std::int64_t kSteps = kEdge;      // a visitor takes rows i and i + 16 of a block at a time

struct Block {
  std::int64_t row = 0, column = 0;
  const float* logits = nullptr;  // [kBlock, kBlock]
};

// Calls visit(block, step) for every block and each of its steps, all of a block's before the next one's. Steps of one
// block run between the products of the next, as many as are free there: during a product the vector unit does one
// operation per cycle instead of two, and a meeting of parts takes 64 cycles. A step counts as kOperations cycles, a
// measured value somewhat below its number of instructions.
template <int kParts, int kOperations, class Visit>
inline void for_blocks(const Logits& logits, const Visit& visit) {
  constexpr int kCycles = 4 * kEdge;  // of a meeting: four products of tiles
  const std::int64_t depths = blocks(logits.depth.count, kDepth), right_depths = blocks(logits.right.depth, kDepth);
  const std::int64_t last_row = blocks(logits.rows, kEdge) - 1, last_column = blocks(logits.columns, kEdge) - 1;
  constexpr auto kStep = static_cast<std::int64_t>(kParts * kTile);
  // Where a block has only one tile, it also takes its neighbor's place; that result is never visited.
  const auto left_at = [&](std::int64_t tile) { return logits.left + std::min(tile, last_row) * depths * kStep; };
  const auto right_at = [&](std::int64_t tile) {
    return logits.right.data + std::min(tile, last_column) * right_depths * kStep;
  };
  alignas(64) float buffers[2][kBlock * kBlock];
  Block before;
  std::int64_t done = kSteps;  // of the previous block; there is none yet
  int turn = 0;
  for (std::int64_t column = 0; column <= last_column; column += 2) {
    for (std::int64_t row = 0; row <= last_row; row += 2) {
      _tile_zero(0);
      _tile_zero(1);
      _tile_zero(2);
      _tile_zero(3);
      int due = 0;
      const auto between = [&] {
        for (due += kCycles; due >= kOperations && done < kSteps; due -= kOperations) visit(before, done++);
      };
      sum_depths<2, 2, kParts>({{left_at(row), left_at(row + 1)}, {right_at(column), right_at(column + 1)}}, depths,
                               between);
      float* buffer = buffers[turn];
      constexpr int kStride = kBlock * sizeof(float);
      _tile_stored(0, buffer, kStride);
      _tile_stored(1, buffer + kEdge, kStride);
      _tile_stored(2, buffer + kEdge * kBlock, kStride);
      _tile_stored(3, buffer + kEdge * kBlock + kEdge, kStride);
      while (done < kSteps) visit(before, done++);
      before = {row * kEdge, column * kEdge, buffer};
      done = 0;
      turn = 1 - turn;
    }
  }
  while (done < kSteps) visit(before, done++);
}

// A row of a block, -infinity beyond the last column.
struct Run {
  __m512 left, right;
};
inline Run run_of(const float* logits, std::int64_t columns) {
  if (columns >= kBlock) return {_mm512_load_ps(logits), _mm512_load_ps(logits + kEdge)};
  const __m512 nothing = _mm512_set1_ps(-std::numeric_limits<float>::infinity());
  return {_mm512_mask_loadu_ps(nothing, mask_of(columns), logits),
          _mm512_mask_loadu_ps(nothing, mask_of(columns - kEdge), logits + kEdge)};
}

constexpr float kLog2E = 1.44269504f;

// 2^x for x below 128, relative error below 2e-7; x below -126 counts as -126. The polynomial has the least relative
// error for |x| <= 1/2 (Remez). While tiles are multiplied the vector unit has only one of its two ports, so every
// instruction counts: exp(logit - shift) as a power of two saves the subtraction.
inline __m512 power_of_two(__m512 x) {
  x = _mm512_max_ps(_mm512_set1_ps(-126.0f), x);
  const __m512 magic = _mm512_set1_ps(12582912.0f);  // the sum's mantissa ends in x as an integer
  const __m512 shifted = _mm512_add_ps(x, magic);
  const __m512 rest = _mm512_sub_ps(x, _mm512_sub_ps(shifted, magic));
  __m512 p = _mm512_set1_ps(1.55948791e-4f);
  for (const float factor : {1.34067205e-3f, 9.61769206e-3f, 5.55031034e-2f, 2.40226528e-1f, 6.93147215e-1f, 1.0f}) {
    p = _mm512_fmadd_ps(p, rest, _mm512_set1_ps(factor));
  }
  // The integer is added to the exponent.
  return _mm512_castsi512_ps(
      _mm512_add_epi32(_mm512_castps_si512(p), _mm512_slli_epi32(_mm512_castps_si512(shifted), 23)));
}

// The exponent: (logits - shift) * log2(e).
inline __m512 powers_of(__m512 logits, __m512 shift) {
  const __m512 log2_e = _mm512_set1_ps(kLog2E);
  return _mm512_fmsub_ps(logits, log2_e, _mm512_mul_ps(shift, log2_e));
}

// 2^128 overflows; a sum of 2^64 of these does not.
constexpr float kMaxPower = 60.0f;

void raise_shift(float most, float& shift, float* row_lanes) {
  const __m512 scale = power_of_two(powers_of(_mm512_set1_ps(shift), _mm512_set1_ps(most)));
  _mm512_storeu_ps(row_lanes, _mm512_mul_ps(_mm512_loadu_ps(row_lanes), scale));
  shift = most;
}

template <int kParts>
void take_in_parts(const Logits& logits, const RunningSums& sums, const Labels& labels, float* label_logits) {
  constexpr int kOperations = 52;
  const auto take_row = [&](const Block& block, std::int64_t i) __attribute__((always_inline)) {
    const std::int64_t row = block.row + i;
    if (row >= logits.rows) return;
    const float* at = block.logits + i * kBlock;
    const Run run = run_of(at, logits.columns - block.column);
    float* row_lanes = sums.lanes + row * kSumLanes;
    __m512 shift = _mm512_set1_ps(sums.shifts[row]);
    __m512 left = powers_of(run.left, shift), right = powers_of(run.right, shift);
    if (_mm512_cmp_ps_mask(_mm512_max_ps(left, right), _mm512_set1_ps(kMaxPower), _CMP_GT_OQ) != 0) {
      raise_shift(_mm512_reduce_max_ps(_mm512_max_ps(run.left, run.right)), sums.shifts[row], row_lanes);
      shift = _mm512_set1_ps(sums.shifts[row]);
      left = powers_of(run.left, shift);
      right = powers_of(run.right, shift);
    }
    const __m512 sum = _mm512_add_ps(power_of_two(left), power_of_two(right));
    _mm512_storeu_ps(row_lanes, _mm512_add_ps(_mm512_loadu_ps(row_lanes), sum));
    const std::int64_t label = labels.column(row) - block.column;
    if (label >= 0 && label < std::min(kBlock, logits.columns - block.column)) label_logits[row] = at[label];
  };
  for_blocks<kParts, kOperations>(
      logits, [&](const Block& block, std::int64_t step) __attribute__((always_inline)) {
        take_row(block, step);
        take_row(block, step + kEdge);
      });
}

// A left factor's tiles hold rows, as pairs of elements from a block's left and right half; a right factor's tiles hold
// pairs of rows i and i + 16.
template <int kParts, int kSlopeParts>
void pack_slopes_parts(const Logits& logits, const SoftmaxSlopes& slopes, float* left, float* right) {
  using Half = Parts<kSlopeParts>;
  struct Row {
    Half left, right;
  };
  constexpr int kOperations = 64;
  const std::int64_t row_blocks = blocks(logits.rows, kBlock), column_blocks = blocks(logits.columns, kBlock);
  constexpr auto kStep = static_cast<std::int64_t>(kSlopeParts * kTile);
  const auto row_of = [&](const Block& block, std::int64_t i) __attribute__((always_inline)) {
    const std::int64_t row = block.row + i;
    if (row >= logits.rows) return Row{Half(_mm512_setzero_ps()), Half(_mm512_setzero_ps())};
    const Run run = run_of(block.logits + i * kBlock, logits.columns - block.column);
    const __m512 log_sum = _mm512_set1_ps(slopes.log_sums[row]), weight = _mm512_set1_ps(slopes.weights[row]);
    __m512 first = _mm512_mul_ps(power_of_two(powers_of(run.left, log_sum)), weight);
    __m512 second = _mm512_mul_ps(power_of_two(powers_of(run.right, log_sum)), weight);
    const std::int64_t label = slopes.labels.column(row) - block.column;
    if (label >= 0 && label < std::min(kBlock, logits.columns - block.column)) {
      const auto place = static_cast<std::uint32_t>(1) << label;
      first = _mm512_mask_sub_ps(first, static_cast<__mmask16>(place), first, weight);
      second = _mm512_mask_sub_ps(second, static_cast<__mmask16>(place >> 16), second, weight);
    }
    return Row{Half(first), Half(second)};
  };
  for_blocks<kParts, kOperations>(
      logits, [&](const Block& block, std::int64_t step) __attribute__((always_inline)) {
        const Row upper = row_of(block, step), lower = row_of(block, step + kEdge);
        float* rows = left + (block.row / kEdge * column_blocks + block.column / kBlock) * kStep;
        float* columns = right + (block.column / kEdge * row_blocks + block.row / kBlock) * kStep;
        store_pairs(upper.left, upper.right, step, rows);
        if (block.row + kEdge < logits.rows) store_pairs(lower.left, lower.right, step, rows + column_blocks * kStep);
        store_pairs(upper.left, lower.left, step, columns);
        if (block.column + kEdge < logits.columns) {
          store_pairs(upper.right, lower.right, step, columns + row_blocks * kStep);
        }
      });
}

}  // namespace

void take_in(const Logits& logits, const RunningSums& sums, const Labels& labels, float* label_logits) {
  constexpr decltype(&take_in_parts<1>) kTake[] = {take_in_parts<1>, take_in_parts<2>, take_in_parts<3>};
  kTake[logits.depth.parts - 1](logits, sums, labels, label_logits);
}

void pack_slopes(const Logits& logits, const SoftmaxSlopes& slopes, int parts, float* left, float* right) {
  constexpr decltype(&pack_slopes_parts<1, 1>) kPack[3][3] = {
      {pack_slopes_parts<1, 1>, pack_slopes_parts<1, 2>, pack_slopes_parts<1, 3>},
      {pack_slopes_parts<2, 1>, pack_slopes_parts<2, 2>, pack_slopes_parts<2, 3>},
      {pack_slopes_parts<3, 1>, pack_slopes_parts<3, 2>, pack_slopes_parts<3, 3>}};
  kPack[logits.depth.parts - 1][parts - 1](logits, slopes, left, right);
}

#pragma GCC pop_options

#else

void take_in(const Logits&, const RunningSums&, const Labels&, float*) {}
void pack_slopes(const Logits&, const SoftmaxSlopes&, int, float*, float*) {}

#endif

}  // namespace p5::tiles
