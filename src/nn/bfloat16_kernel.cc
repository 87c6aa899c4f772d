#include "nn/bfloat16_kernel.h"

#include <algorithm>

#include "nn/tile_blocks.h"

// Optimized in debug builds too, because tests train real models.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

namespace p5::bfloat16 {

#ifdef P5_HAS_TILES

#pragma GCC push_options
// That of tile_blocks.h, whose functions are inlined.
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,amx-tile,amx-bf16")

namespace {

using tiles::blocks, tiles::kDepth, tiles::kEdge, tiles::mask_of;

constexpr auto kStep = static_cast<std::int64_t>(tiles::kTile);  // floats per block of depth

// Some rows of C by one or two vectors of columns.
struct Corner {
  float* data;
  std::int64_t stride;
  __mmask16 masks[2];  // of the columns that C has
};

// `left` is the first of kRows rows of a tile, `right` are kColumns tiles.
template <int kRows, int kColumns>
inline __attribute__((always_inline)) void block(const float* left, const float* const* right, std::int64_t depths,
                                                 const Corner& c, Sum sum) {
  __m512 sums[kRows][kColumns];
#pragma GCC unroll 8
  for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 2
    for (int column = 0; column < kColumns; ++column) {
      sums[row][column] = sum == Sum::kAdd
                              ? _mm512_maskz_loadu_ps(c.masks[column], c.data + row * c.stride + column * kEdge)
                              : _mm512_setzero_ps();
    }
  }
  for (std::int64_t k = 0; k < depths; ++k) {
    const float* a = left + k * kStep;
    for (std::int64_t pair = 0; pair < kEdge; ++pair, ++a) {
      __m512bh b[kColumns];
#pragma GCC unroll 2
      for (int column = 0; column < kColumns; ++column) {
        b[column] = (__m512bh)_mm512_load_ps(right[column] + k * kStep + pair * kEdge);
      }
#pragma GCC unroll 8
      for (int row = 0; row < kRows; ++row) {
        const auto both = (__m512bh)_mm512_set1_ps(a[row * kEdge]);
#pragma GCC unroll 2
        for (int column = 0; column < kColumns; ++column) {
          sums[row][column] = _mm512_dpbf16_ps(sums[row][column], both, b[column]);
        }
      }
    }
  }
#pragma GCC unroll 8
  for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 2
    for (int column = 0; column < kColumns; ++column) {
      _mm512_mask_storeu_ps(c.data + row * c.stride + column * kEdge, c.masks[column], sums[row][column]);
    }
  }
}

// The rows of one tile.
template <int kColumns>
void panel(const float* left, const float* const* right, std::int64_t depths, std::int64_t rows, Corner c, Sum sum) {
  std::int64_t row = 0;
  const auto step = [&](std::int64_t count) {
    row += count;
    left += count * kEdge;
    c.data += count * c.stride;
  };
  for (; row + 8 <= rows; step(8)) block<8, kColumns>(left, right, depths, c, sum);
  for (; row + 4 <= rows; step(4)) block<4, kColumns>(left, right, depths, c, sum);
  for (; row < rows; step(1)) block<1, kColumns>(left, right, depths, c, sum);
}

}  // namespace

void multiply(const float* left, const PackedRight& right, std::int64_t depth, const Matrix& c, Sum sum) {
  // Blocks of depth between two visits of C: a panel of either factor stays in the first-level cache.
  constexpr std::int64_t kRun = 8;
  const std::int64_t depth_blocks = blocks(depth, kDepth), right_depth_blocks = blocks(right.depth, kDepth);
  for (std::int64_t first = 0; first < depth_blocks; first += kRun) {
    const std::int64_t run = std::min(kRun, depth_blocks - first);
    const Sum here = first == 0 ? sum : Sum::kAdd;
    for (std::int64_t column = 0; column < c.columns; column += 2 * kEdge) {
      const float* at = right.data + (column / kEdge * right_depth_blocks + first) * kStep;
      const bool two = column + kEdge < c.columns;
      const float* const rights[] = {at, two ? at + right_depth_blocks * kStep : at};
      for (std::int64_t row = 0; row < c.rows; row += kEdge) {
        const Corner corner = {c.data + row * c.stride + column,
                               c.stride,
                               {mask_of(c.columns - column), mask_of(c.columns - column - kEdge)}};
        (two ? panel<2> : panel<1>)(left + (row / kEdge * depth_blocks + first) * kStep, rights, run,
                                    std::min(kEdge, c.rows - row), corner, here);
      }
    }
  }
}

double run_peak(std::int64_t rounds) {
  constexpr int kSums = 16;
  __m512 sums[kSums];
#pragma GCC unroll 16
  for (int i = 0; i < kSums; ++i) sums[i] = _mm512_set1_ps(static_cast<float>(i));
  const auto ones = (__m512bh)_mm512_set1_epi32(0x3f803f80);
  for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 16
    for (int i = 0; i < kSums; ++i) sums[i] = _mm512_dpbf16_ps(sums[i], ones, ones);
  }
  volatile float kept = 0;  // so that the work is done
#pragma GCC unroll 16
  for (int i = 0; i < kSums; ++i) kept = kept + _mm512_reduce_add_ps(sums[i]);
  return static_cast<double>(rounds) * kSums * 32 * 2;
}

#pragma GCC pop_options

bool available() {
  static const bool answer = __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") &&
                             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  return answer;
}

#else

bool available() { return false; }
void multiply(const float*, const PackedRight&, std::int64_t, const Matrix&, Sum) {}
double run_peak(std::int64_t) { return 0; }

#endif

}  // namespace p5::bfloat16
