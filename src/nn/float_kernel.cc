#include "nn/float_kernel.h"

#include <algorithm>
#include <cstring>

#include "nn/cpu_clones.h"

namespace p5::floats {
namespace {

constexpr std::int64_t kDepthRun = 256;  // depths between two visits of C: a panel of each factor stays in cache

std::int64_t panels(std::int64_t extent, std::int64_t panel) { return (extent + panel - 1) / panel; }

#ifdef __GNUC__
#define P5_INLINE inline __attribute__((always_inline))
#else
#define P5_INLINE inline
#endif

template <int kBytes>
struct VectorOf {
  typedef float Type __attribute__((vector_size(kBytes)));
};

template <class Vector>
P5_INLINE Vector load(const float* from) {
  Vector value;
  __builtin_memcpy(&value, from, sizeof(Vector));
  return value;
}

// [depth, extent] to [panel][depth][kPanel]: neighbors stay neighbors.
template <std::int64_t kPanel>
P5_INLINE void pack_along(const ConstMatrix& from, float* to) {
  for (std::int64_t first = 0; first < from.columns; first += kPanel) {
    const std::int64_t width = std::min(kPanel, from.columns - first);
    const float* at = from.data + first;
    std::int64_t k = 0;
    // A number that the compiler knows takes a few instructions.
    for (; width == kPanel && k < from.rows; ++k, at += from.stride, to += kPanel) {
      std::memcpy(to, at, kPanel * sizeof(float));
    }
    for (; k < from.rows; ++k, at += from.stride, to += kPanel) {
      std::memcpy(to, at, static_cast<std::size_t>(width) * sizeof(float));
      std::fill(to + width, to + kPanel, 0.0f);
    }
  }
}

// The 4 x 4 transpose of rows `stride` apart to rows kPanel apart.
template <std::int64_t kPanel>
P5_INLINE void transpose_four(const float* from, std::int64_t stride, float* to) {
  using Four = VectorOf<16>::Type;
  const Four a = load<Four>(from), b = load<Four>(from + stride), c = load<Four>(from + 2 * stride),
             d = load<Four>(from + 3 * stride);
  const Four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), more_ab = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Four cd = __builtin_shufflevector(c, d, 0, 4, 1, 5), more_cd = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  const Four across[] = {__builtin_shufflevector(ab, cd, 0, 1, 4, 5), __builtin_shufflevector(ab, cd, 2, 3, 6, 7),
                         __builtin_shufflevector(more_ab, more_cd, 0, 1, 4, 5),
                         __builtin_shufflevector(more_ab, more_cd, 2, 3, 6, 7)};
  for (int k = 0; k < 4; ++k) __builtin_memcpy(to + k * kPanel, &across[k], sizeof(Four));
}

// [extent, depth] to [panel][depth][kPanel]: transposed, in squares that stay in cache.
template <std::int64_t kPanel>
P5_INLINE void pack_across(const ConstMatrix& from, float* to) {
  constexpr std::int64_t kSquare = 16;
  static_assert(kPanel % 4 == 0);
  for (std::int64_t first = 0; first < from.rows; first += kPanel, to += kPanel * from.columns) {
    const std::int64_t width = std::min(kPanel, from.rows - first);
    std::int64_t begin = 0;
    for (; width == kPanel && begin + 4 <= from.columns; begin += 4) {
      for (std::int64_t row = 0; row < kPanel; row += 4) {
        transpose_four<kPanel>(from.data + (first + row) * from.stride + begin, from.stride, to + begin * kPanel + row);
      }
    }
    for (; begin < from.columns; begin += kSquare) {
      const std::int64_t end = std::min(begin + kSquare, from.columns);
      for (std::int64_t row = 0; row < width; ++row) {
        const float* at = from.data + (first + row) * from.stride;
        for (std::int64_t k = begin; k < end; ++k) to[k * kPanel + row] = at[k];
      }
      for (std::int64_t k = begin; k < end; ++k) std::fill(to + k * kPanel + width, to + (k + 1) * kPanel, 0.0f);
    }
  }
}

// kRows x two vectors of C: `left` steps by kPanelRows a depth, `right` by kPanelColumns.
template <int kRows, int kBytes>
P5_INLINE void block(const float* left, const float* right, std::int64_t depth, const Matrix& c, Sum sum) {
  using Vector = typename VectorOf<kBytes>::Type;
  constexpr std::int64_t kWidth = kBytes / 4;
  Vector sums[kRows][2];
  for (int row = 0; row < kRows; ++row) sums[row][0] = sums[row][1] = Vector{};
  for (std::int64_t k = 0; k < depth; ++k, left += kPanelRows, right += kPanelColumns) {
    const Vector first = load<Vector>(right);
    const Vector second = load<Vector>(right + kWidth);
#pragma GCC unroll 12
    for (int row = 0; row < kRows; ++row) {
      sums[row][0] += left[row] * first;
      sums[row][1] += left[row] * second;
    }
  }
  for (int row = 0; row < kRows; ++row) {
    for (int half = 0; half < 2; ++half) {
      float* to = c.data + row * c.stride + half * kWidth;
      const Vector value = sum == Sum::kAdd ? load<Vector>(to) + sums[row][half] : sums[row][half];
      __builtin_memcpy(to, &value, sizeof(Vector));
    }
  }
}

// One panel of 12 x 32, in blocks that fit the registers; fewer rows than kRows take the smaller blocks.
template <int kRows, int kBytes>
P5_INLINE void panel(const float* left, const float* right, std::int64_t depth, const Matrix& c, Sum sum) {
  for (std::int64_t column = 0; column < kPanelColumns; column += kBytes / 2) {
    std::int64_t row = 0;
    const auto rest = [&] { return Matrix{c.data + row * c.stride + column, 0, 0, c.stride}; };
    for (; row + kRows <= c.rows; row += kRows) block<kRows, kBytes>(left + row, right + column, depth, rest(), sum);
    for (; row + 4 <= c.rows; row += 4) block<4, kBytes>(left + row, right + column, depth, rest(), sum);
    for (; row < c.rows; ++row) block<1, kBytes>(left + row, right + column, depth, rest(), sum);
  }
}

template <int kRows, int kBytes>
P5_INLINE void all_panels(const float* left, const PackedRight& right, std::int64_t depth, const Matrix& c, Sum sum) {
  float buffer[kPanelRows * kPanelColumns];
  for (std::int64_t first = 0; first < depth; first += kDepthRun) {
    const std::int64_t run = std::min(kDepthRun, depth - first);
    const Sum here = first == 0 ? sum : Sum::kAdd;
    for (std::int64_t column = 0; column < c.columns; column += kPanelColumns) {
      const float* b = right.data + column * right.depth + first * kPanelColumns;
      const std::int64_t width = std::min(kPanelColumns, c.columns - column);
      for (std::int64_t row = 0; row < c.rows; row += kPanelRows) {
        const float* a = left + row * depth + first * kPanelRows;
        const std::int64_t height = std::min(kPanelRows, c.rows - row);
        float* corner = c.data + row * c.stride + column;
        if (width == kPanelColumns) {
          panel<kRows, kBytes>(a, b, run, {corner, height, width, c.stride}, here);
          continue;
        }
        panel<kRows, kBytes>(a, b, run, {buffer, height, kPanelColumns, kPanelColumns}, Sum::kReplace);
        for (std::int64_t i = 0; i < height; ++i) {
          for (std::int64_t j = 0; j < width; ++j) {
            float& to = corner[i * c.stride + j];
            to = (here == Sum::kAdd ? to : 0.0f) + buffer[i * kPanelColumns + j];
          }
        }
      }
    }
  }
}

template <int kBytes>
P5_INLINE double peak(std::int64_t rounds) {
  constexpr int kSums = 12;
  using Vector = typename VectorOf<kBytes>::Type;
  Vector sums[kSums];
#pragma GCC unroll 12
  for (int i = 0; i < kSums; ++i) sums[i] = Vector{} + static_cast<float>(i);
  const Vector half = Vector{} + 0.5f;
  for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) sums[i] = sums[i] * half + half;
  }
  volatile float kept = 0;  // so that the work is done
#pragma GCC unroll 12
  for (int i = 0; i < kSums; ++i) kept = kept + sums[i][0];
  return static_cast<double>(rounds) * kSums * (kBytes / 4) * 2;
}

struct Kernel {
  void (*multiply)(const float*, const PackedRight&, std::int64_t, const Matrix&, Sum);
  double (*peak)(std::int64_t);
};

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))) void multiply_512(const float* left,
                                                                                    const PackedRight& right,
                                                                                    std::int64_t depth, const Matrix& c,
                                                                                    Sum sum) {
  all_panels<12, 64>(left, right, depth, c, sum);
}
__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))) double peak_512(std::int64_t rounds) {
  return peak<64>(rounds);
}
__attribute__((target("avx2,fma"))) void multiply_256(const float* left, const PackedRight& right, std::int64_t depth,
                                                      const Matrix& c, Sum sum) {
  all_panels<6, 32>(left, right, depth, c, sum);
}
__attribute__((target("avx2,fma"))) double peak_256(std::int64_t rounds) { return peak<32>(rounds); }
#endif

void multiply_128(const float* left, const PackedRight& right, std::int64_t depth, const Matrix& c, Sum sum) {
  all_panels<6, 16>(left, right, depth, c, sum);
}

double peak_128(std::int64_t rounds) { return peak<16>(rounds); }

Kernel pick() {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
    return {multiply_512, peak_512};
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {multiply_256, peak_256};
#endif
  return {multiply_128, peak_128};
}

const Kernel& kernel() {
  static const Kernel picked = pick();
  return picked;
}

}  // namespace

std::size_t packed_left_size(std::int64_t rows, std::int64_t depth) {
  return static_cast<std::size_t>(panels(rows, kPanelRows) * kPanelRows * depth);
}

std::size_t packed_right_size(std::int64_t columns, std::int64_t depth) {
  return static_cast<std::size_t>(panels(columns, kPanelColumns) * kPanelColumns * depth);
}

std::int64_t right_offset(std::int64_t row, std::int64_t column, std::int64_t depth) {
  return column * depth + row * kPanelColumns;
}

P5_CPU_CLONES void pack_left(const Operand& left, float* packed) {
  left.transposed ? pack_along<kPanelRows>(left.matrix, packed) : pack_across<kPanelRows>(left.matrix, packed);
}
P5_CPU_CLONES void pack_right(const Operand& right, float* packed) {
  right.transposed ? pack_across<kPanelColumns>(right.matrix, packed) : pack_along<kPanelColumns>(right.matrix, packed);
}

void multiply(const float* left, const PackedRight& right, std::int64_t depth, const Matrix& c, Sum sum) {
  kernel().multiply(left, right, depth, c, sum);
}

double run_peak(std::int64_t rounds) { return kernel().peak(rounds); }

}  // namespace p5::floats
