#include "nn/int8_kernel.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "nn/cpu_clones.h"
#include "nn/lanes.h"

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define P5_HAS_INT8 1
#include <cpuid.h>
#include <immintrin.h>
#elif defined(__aarch64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define P5_HAS_DOTPROD 1
#include <arm_neon.h>
#include <sys/auxv.h>
#endif

// Optimized in debug builds too, because tests decode with real models.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3", "no-trapping-math", "no-math-errno")
#endif

namespace p5::int8 {
namespace {

constexpr std::int64_t kGroup = 4;                                 // depths that one instruction sums
constexpr std::int64_t kLeftTile = kRows * kDepth;                 // bytes
constexpr std::int64_t kPanelStep = kColumns * kGroup;             // bytes of a panel for a group of depths
constexpr std::int64_t kPanelTile = kPanelStep * kDepth / kGroup;  // bytes

std::int64_t rounded_up(std::int64_t count, std::int64_t unit) { return (count + unit - 1) / unit * unit; }

// Bytes of a whole panel.
std::int64_t panel_size(std::int64_t depth) { return rounded_up(depth, kDepth) * kColumns; }

}  // namespace

// One file of instructions, compiled whatever the build's target is; available() guards them.
namespace plain {

using namespace lanes;

bool available() { return true; }

P5_CPU_CLONES void multiply(const std::int8_t* left, const std::uint8_t* right, std::int64_t depth, std::int64_t rows,
                            std::int32_t* sums) {
  std::fill_n(sums, kRows * kColumns, 0);
  for (std::int64_t first = 0; first < depth; first += kGroup, right += kPanelStep) {
    const std::int8_t* at = left + first / kDepth * kLeftTile + first % kDepth;
    for (std::int64_t half = 0; half < 2; ++half) {
      Bits b;  // four bytes of each of sixteen columns
      __builtin_memcpy(&b, right + half * 64, sizeof b);
      const Bits low = b & 255U, second = (b >> 8) & 255U, third = (b >> 16) & 255U, high = b >> 24;
      for (std::int64_t row = 0; row < rows; ++row) {
        const std::int8_t* a = at + row * kDepth;
        std::int32_t* to = sums + row * kColumns + half * kLanes;
        Bits sum;
        __builtin_memcpy(&sum, to, sizeof sum);
        sum += low * static_cast<std::uint32_t>(a[0]) + second * static_cast<std::uint32_t>(a[1]) +
               third * static_cast<std::uint32_t>(a[2]) + high * static_cast<std::uint32_t>(a[3]);
        __builtin_memcpy(to, &sum, sizeof sum);
      }
    }
  }
}

P5_CPU_CLONES std::int32_t dot(const std::int8_t* a, const std::int8_t* b, std::int64_t count) {
  std::int32_t sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += a[i] * (b[i] + kOffset);
  return sum;
}

}  // namespace plain

#ifdef P5_HAS_INT8

#pragma GCC push_options
#pragma GCC target("avx2")

namespace avx2 {

bool available() { return __builtin_cpu_supports("avx2"); }

// Four rows by sixteen columns. Bytes are widened to 16 bits, even and odd ones apart, because sums of products of
// bytes (vpmaddubsw) would saturate.
template <int kCount>
inline __attribute__((always_inline)) void block(const std::int8_t* left, const std::uint8_t* right, std::int64_t depth,
                                                 std::int32_t* sums) {
  const __m256i low_bytes = _mm256_set1_epi16(0x00ff);
  __m256i sum[kCount][2];
  for (int row = 0; row < kCount; ++row) sum[row][0] = sum[row][1] = _mm256_setzero_si256();
  for (std::int64_t first = 0; first < depth; first += kGroup, right += kPanelStep) {
    const std::int8_t* at = left + first / kDepth * kLeftTile + first % kDepth;
    const __m256i b0 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(right));
    const __m256i b1 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(right + 32));
    const __m256i even0 = _mm256_and_si256(b0, low_bytes), odd0 = _mm256_srli_epi16(b0, 8);
    const __m256i even1 = _mm256_and_si256(b1, low_bytes), odd1 = _mm256_srli_epi16(b1, 8);
#pragma GCC unroll 4
    for (int row = 0; row < kCount; ++row) {
      std::int32_t four;
      std::memcpy(&four, at + row * kDepth, sizeof four);
      const __m256i a = _mm256_set1_epi32(four);
      const __m256i even = _mm256_srai_epi16(_mm256_slli_epi16(a, 8), 8), odd = _mm256_srai_epi16(a, 8);
      sum[row][0] =
          _mm256_add_epi32(sum[row][0], _mm256_add_epi32(_mm256_madd_epi16(even, even0), _mm256_madd_epi16(odd, odd0)));
      sum[row][1] =
          _mm256_add_epi32(sum[row][1], _mm256_add_epi32(_mm256_madd_epi16(even, even1), _mm256_madd_epi16(odd, odd1)));
    }
  }
  for (int row = 0; row < kCount; ++row) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums + row * kColumns), sum[row][0]);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums + row * kColumns + 8), sum[row][1]);
  }
}

void multiply(const std::int8_t* left, const std::uint8_t* right, std::int64_t depth, std::int64_t rows,
              std::int32_t* sums) {
  for (std::int64_t half = 0; half < 2; ++half, right += 16 * kGroup, sums += 16) {
    std::int64_t row = 0;
    for (; row + 4 <= rows; row += 4) block<4>(left + row * kDepth, right, depth, sums + row * kColumns);
    for (; row < rows; ++row) block<1>(left + row * kDepth, right, depth, sums + row * kColumns);
  }
}

}  // namespace avx2

#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")

namespace vnni {

bool available() { return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw"); }

template <int kCount>
inline __attribute__((always_inline)) void block(const std::int8_t* left, const std::uint8_t* right, std::int64_t depth,
                                                 std::int32_t* sums) {
  __m512i sum[kCount][2];
  for (int row = 0; row < kCount; ++row) sum[row][0] = sum[row][1] = _mm512_setzero_si512();
  for (std::int64_t first = 0; first < depth; first += kDepth, left += kLeftTile) {
    const std::int64_t here = std::min(kDepth, depth - first);
    for (std::int64_t k = 0; k < here; k += kGroup, right += kPanelStep) {
      const __m512i b0 = _mm512_loadu_si512(right), b1 = _mm512_loadu_si512(right + 64);
#pragma GCC unroll 8
      for (int row = 0; row < kCount; ++row) {
        std::int32_t four;
        std::memcpy(&four, left + row * kDepth + k, sizeof four);
        const __m512i a = _mm512_set1_epi32(four);
        sum[row][0] = _mm512_dpbusd_epi32(sum[row][0], b0, a);
        sum[row][1] = _mm512_dpbusd_epi32(sum[row][1], b1, a);
      }
    }
  }
  for (int row = 0; row < kCount; ++row) {
    _mm512_storeu_si512(sums + row * kColumns, sum[row][0]);
    _mm512_storeu_si512(sums + row * kColumns + 16, sum[row][1]);
  }
}

void multiply(const std::int8_t* left, const std::uint8_t* right, std::int64_t depth, std::int64_t rows,
              std::int32_t* sums) {
  std::int64_t row = 0;
  for (; row + 8 <= rows; row += 8) block<8>(left + row * kDepth, right, depth, sums + row * kColumns);
  for (; row + 4 <= rows; row += 4) block<4>(left + row * kDepth, right, depth, sums + row * kColumns);
  for (; row < rows; ++row) block<1>(left + row * kDepth, right, depth, sums + row * kColumns);
}

std::int32_t dot(const std::int8_t* a, const std::int8_t* b, std::int64_t count) {
  const __m512i offset = _mm512_set1_epi8(static_cast<char>(0x80));  // flips the sign bit: adds kOffset
  __m512i sum = _mm512_setzero_si512();
  std::int64_t i = 0;
  for (; i + 64 <= count; i += 64) {
    sum = _mm512_dpbusd_epi32(sum, _mm512_xor_si512(_mm512_loadu_si512(b + i), offset), _mm512_loadu_si512(a + i));
  }
  if (i < count) {
    const __mmask64 mask = (std::uint64_t{1} << static_cast<unsigned>(count - i)) - 1;
    sum = _mm512_dpbusd_epi32(sum, _mm512_xor_si512(_mm512_maskz_loadu_epi8(mask, b + i), offset),
                              _mm512_maskz_loadu_epi8(mask, a + i));
  }
  return _mm512_reduce_add_epi32(sum);
}

}  // namespace vnni

#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,amx-tile,amx-int8")

namespace tiles {

// Bit 25 of EDX of leaf 7 is AMX-INT8. The float kernel has asked the system for tiles, if this process may use them.
bool available() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return matrix_kernel() == MatrixKernel::kTiles && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 &&
         (d & (1U << 25)) != 0;
}

// Tiles 0 and 1 are sums, 4 is of the left factor, 6 and 7 are of the right one.
void multiply(const std::int8_t* left, const std::uint8_t* right, std::int64_t depth, std::int64_t /*rows*/,
              std::int32_t* sums) {
  _tile_zero(0);
  _tile_zero(1);
  for (std::int64_t first = 0; first < depth; first += kDepth, left += kLeftTile, right += kPanelTile) {
    _tile_loadd(4, left, kDepth);
    _tile_loadd(6, right, kPanelStep);
    _tile_loadd(7, right + kPanelStep / 2, kPanelStep);
    _tile_dpbsud(0, 4, 6);
    _tile_dpbsud(1, 4, 7);
  }
  _tile_stored(0, sums, kColumns * 4);
  _tile_stored(1, sums + kColumns / 2, kColumns * 4);
}

}  // namespace tiles

#pragma GCC pop_options

#endif

#ifdef P5_HAS_DOTPROD

#pragma GCC push_options
#pragma GCC target("arch=armv8.2-a+dotprod")

namespace dotprod {

// Bit 20 of the first word of capabilities (HWCAP_ASIMDDP).
bool available() { return (::getauxval(AT_HWCAP) & (1UL << 20U)) != 0; }

int8x16_t signed_again(const std::uint8_t* right) {
  return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(right), vdupq_n_u8(kOffset)));
}

// kOffset * the sum of a row's integers, which are `kDepth` at a time.
std::int32_t offset_of(const std::int8_t* left, std::int64_t depth) {
  int32x4_t sum = vdupq_n_s32(0);
  for (std::int64_t first = 0; first < depth; first += kDepth, left += kLeftTile) {
    for (std::int64_t k = 0; k < std::min(kDepth, depth - first); k += 16) {
      sum = vdotq_s32(sum, vld1q_s8(left + k), vdupq_n_s8(1));
    }
  }
  return kOffset * vaddvq_s32(sum);
}

// Four groups of depths of kCount rows, each a lane of `a`, by eight columns in two vectors.
template <int kLane, int kCount>
inline __attribute__((always_inline)) void add_group(const int8x16_t (&a)[kCount], const std::uint8_t* right,
                                                     int32x4_t (&sum)[kCount][2]) {
  const int8x16_t b0 = signed_again(right), b1 = signed_again(right + 16);
#pragma GCC unroll 8
  for (int row = 0; row < kCount; ++row) {
    sum[row][0] = vdotq_laneq_s32(sum[row][0], b0, a[row], kLane);
    sum[row][1] = vdotq_laneq_s32(sum[row][1], b1, a[row], kLane);
  }
}

// kCount rows by eight columns. A row is padded to kDepth, so sixteen depths can always be read.
template <int kCount>
inline __attribute__((always_inline)) void block(const std::int8_t* left, const std::uint8_t* right, std::int64_t depth,
                                                 const std::int32_t* offsets, std::int32_t* sums) {
  int32x4_t sum[kCount][2];
#pragma GCC unroll 8
  for (int row = 0; row < kCount; ++row) sum[row][0] = sum[row][1] = vdupq_n_s32(offsets[row]);
  for (std::int64_t first = 0; first < depth; first += kDepth, left += kLeftTile) {
    for (std::int64_t k = 0; k < std::min(kDepth, depth - first); k += 4 * kGroup, right += 4 * kPanelStep) {
      int8x16_t a[kCount];
#pragma GCC unroll 8
      for (int row = 0; row < kCount; ++row) a[row] = vld1q_s8(left + row * kDepth + k);
      add_group<0>(a, right, sum);
      add_group<1>(a, right + kPanelStep, sum);
      add_group<2>(a, right + 2 * kPanelStep, sum);
      add_group<3>(a, right + 3 * kPanelStep, sum);
    }
  }
#pragma GCC unroll 8
  for (int row = 0; row < kCount; ++row) {
    vst1q_s32(sums + row * kColumns, sum[row][0]);
    vst1q_s32(sums + row * kColumns + 4, sum[row][1]);
  }
}

void multiply(const std::int8_t* left, const std::uint8_t* right, std::int64_t depth, std::int64_t rows,
              std::int32_t* sums) {
  std::int32_t offsets[kRows];
  for (std::int64_t row = 0; row < rows; ++row) offsets[row] = offset_of(left + row * kDepth, depth);
  for (std::int64_t column = 0; column < kColumns; column += 8, right += 8 * kGroup, sums += 8) {
    std::int64_t row = 0;
    for (; row + 8 <= rows; row += 8) block<8>(left + row * kDepth, right, depth, offsets + row, sums + row * kColumns);
    for (; row < rows; ++row) block<1>(left + row * kDepth, right, depth, offsets + row, sums + row * kColumns);
  }
}

std::int32_t dot(const std::int8_t* a, const std::int8_t* b, std::int64_t count) {
  int32x4_t sum = vdupq_n_s32(0), offset = vdupq_n_s32(0);
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    const int8x16_t left = vld1q_s8(a + i);
    sum = vdotq_s32(sum, left, vld1q_s8(b + i));
    offset = vdotq_s32(offset, left, vdupq_n_s8(1));
  }
  std::int32_t total = vaddvq_s32(sum) + kOffset * vaddvq_s32(offset);
  for (; i < count; ++i) total += a[i] * (b[i] + kOffset);
  return total;
}

}  // namespace dotprod

#pragma GCC pop_options

#endif

namespace {

constexpr Kernel kKernels[] = {
#ifdef P5_HAS_INT8
    {"tiles", KernelLimit::kNone, tiles::available, tiles::multiply, vnni::dot},
    {"vnni", KernelLimit::kFloat, vnni::available, vnni::multiply, vnni::dot},
    {"avx2", KernelLimit::kAvx2, avx2::available, avx2::multiply, plain::dot},
#endif
#ifdef P5_HAS_DOTPROD
    {"dotprod", KernelLimit::kFloat, dotprod::available, dotprod::multiply, dotprod::dot},
#endif
    {"plain", KernelLimit::kPortable, plain::available, plain::multiply, plain::dot},
};

using namespace lanes;

// A block of C and what its integer sums are scaled by.
struct Block {
  std::int64_t rows, columns;
  const std::int32_t* row_sums;
  const float *row_scales, *column_scales;
  float* corner;
  std::int64_t stride;
};

P5_CPU_CLONES void scale_sums(const std::int32_t* sums, const Block& block, Sum sum) {
  for (std::int64_t row = 0; row < block.rows; ++row, sums += kColumns) {
    const std::int32_t offset = kOffset * block.row_sums[row];
    float* to = block.corner + row * block.stride;
    for (std::int64_t column = 0; column < block.columns; column += kLanes) {
      Ints integers;
      __builtin_memcpy(&integers, sums + column, sizeof integers);
      Floats value = __builtin_convertvector(integers - offset, Floats) * block.row_scales[row] *
                     load(block.column_scales + column);
      const std::int64_t here = std::min(kLanes, block.columns - column);
      if (here == kLanes) {
        if (sum == Sum::kAdd) value += load(to + column);
        store(value, to + column);
      } else {
        if (sum == Sum::kAdd) value += load_part(to + column, here);
        store_part(value, to + column, here);
      }
    }
  }
}

// Four bytes of each of up to 32 columns side by side, with the offset.
void interleave(const std::int8_t* const* columns, std::int64_t count, std::int64_t depth, std::uint8_t* panel) {
  for (std::int64_t column = 0; column < kColumns; ++column) {
    std::uint8_t* to = panel + column * kGroup;
    std::int64_t k = 0;
    for (; column < count && k + kGroup <= depth; k += kGroup, to += kPanelStep) {
      std::uint32_t four;
      std::memcpy(&four, columns[column] + k, sizeof four);
      four ^= 0x80808080U;
      std::memcpy(to, &four, sizeof four);
    }
    for (; k < rounded_up(depth, kDepth); k += kGroup, to += kPanelStep) {
      for (std::int64_t i = 0; i < kGroup; ++i) {
        const bool inside = column < count && k + i < depth;
        to[i] = inside ? static_cast<std::uint8_t>(columns[column][k + i] + kOffset) : std::uint8_t{kOffset};
      }
    }
  }
}

}  // namespace

std::span<const Kernel> kernels() { return kKernels; }

const Kernel& kernel() {
  static const Kernel& chosen = *std::ranges::find_if(
      kKernels, [](const Kernel& kernel) { return kernel.needs <= kernel_limit() && kernel.available(); });
  return chosen;
}

std::size_t packed_left_size(std::int64_t rows, std::int64_t depth) {
  const std::int64_t padded = rounded_up(rows, kRows);
  return static_cast<std::size_t>(2 * padded + padded * rounded_up(depth, kDepth) / 4);
}

// A tile more than the panels take: that of a slice of rows may begin in the middle of one.
std::size_t packed_right_size(std::int64_t columns, std::int64_t depth) {
  const std::int64_t padded = rounded_up(columns, kColumns);
  return static_cast<std::size_t>(padded + (padded / kColumns * panel_size(depth) + kPanelTile) / 4);
}

void pack_left(const Operand& left, float* packed) {
  assert(!left.transposed);
  const std::int64_t rows = left.matrix.rows, depth = left.matrix.columns, padded = rounded_up(rows, kRows);
  const std::int64_t tiles = rounded_up(depth, kDepth) / kDepth;
  float* scales = packed;
  auto* sums = reinterpret_cast<std::int32_t*>(packed + padded);
  auto* bytes = reinterpret_cast<std::int8_t*>(packed + 2 * padded);
  for (std::int64_t row = 0; row < padded; ++row) {
    std::int8_t* to = bytes + (row / kRows * tiles * kRows + row % kRows) * kDepth;
    const float* from = left.matrix.data + row * left.matrix.stride;
    scales[row] = row < rows ? int8_scale(from, depth) : 0.0f;
    sums[row] = 0;
    for (std::int64_t first = 0; first < depth; first += kDepth, to += kLeftTile) {
      const std::int64_t here = row < rows ? std::min(kDepth, depth - first) : 0;
      sums[row] += round_to_int8(from + first, here, scales[row], to);
      std::fill(to + here, to + kDepth, std::int8_t{0});
    }
  }
}

void pack_right(const Operand& right, std::int64_t first, std::int64_t columns, float* packed) {
  assert(right.transposed && first % kColumns == 0);
  const std::int64_t depth = right.matrix.columns, count = right.matrix.rows;
  float* scales = packed + first;
  auto* panel =
      reinterpret_cast<std::uint8_t*>(packed + rounded_up(columns, kColumns)) + first / kColumns * panel_size(depth);
  for (std::int64_t begin = 0; begin < count; begin += kColumns, panel += panel_size(depth), scales += kColumns) {
    const std::int64_t here = std::min(kColumns, count - begin);
    const Int8Rows rounded({right.matrix.data + begin * right.matrix.stride, here, depth, right.matrix.stride});
    const std::int8_t* rows[kColumns];
    for (std::int64_t i = 0; i < here; ++i) rows[i] = rounded.row(i);
    std::copy(rounded.scales().begin(), rounded.scales().end(), scales);
    std::fill(scales + here, scales + kColumns, 0.0f);
    interleave(rows, here, depth, panel);
  }
}

void pack_right(const Int8Rows& from, std::span<const std::int32_t> numbers, float* packed) {
  const std::int64_t depth = from.width(), columns = static_cast<std::int64_t>(numbers.size());
  float* scales = packed;
  auto* panel = reinterpret_cast<std::uint8_t*>(packed + rounded_up(columns, kColumns));
  for (std::int64_t begin = 0; begin < columns; begin += kColumns, panel += panel_size(depth), scales += kColumns) {
    const std::int64_t here = std::min(kColumns, columns - begin);
    const std::int8_t* rows[kColumns];
    for (std::int64_t i = 0; i < here; ++i) {
      const std::int32_t number = numbers[static_cast<std::size_t>(begin + i)];
      rows[i] = from.row(number);
      scales[i] = from.scale(number);
    }
    std::fill(scales + here, scales + kColumns, 0.0f);
    interleave(rows, here, depth, panel);
  }
}

PackedRight whole(const float* packed, std::int64_t columns, std::int64_t depth) {
  return {packed + rounded_up(columns, kColumns), depth, packed};
}

PackedRight from(const PackedRight& right, std::int64_t row, std::int64_t column) {
  const std::int64_t bytes = column / kColumns * panel_size(right.depth) + row * kColumns;
  return {right.data + bytes / 4, right.depth, right.scales + column};
}

void multiply(const float* left, const PackedRight& right, std::int64_t depth, const Matrix& c, Sum sum) {
  const Kernel& way = kernel();
  const std::int64_t padded = rounded_up(c.rows, kRows), tiles = rounded_up(depth, kDepth) / kDepth;
  const float* scales = left;
  const auto* row_sums = reinterpret_cast<const std::int32_t*>(left + padded);
  const auto* rows = reinterpret_cast<const std::int8_t*>(left + 2 * padded);
  const auto* panel = reinterpret_cast<const std::uint8_t*>(right.data);
  alignas(64) std::int32_t sums[kRows * kColumns];
  for (std::int64_t column = 0; column < c.columns; column += kColumns, panel += panel_size(right.depth)) {
    const std::int64_t width = std::min(kColumns, c.columns - column);
    for (std::int64_t first = 0; first < c.rows; first += kRows) {
      const std::int64_t height = std::min(kRows, c.rows - first);
      way.multiply(rows + first * tiles * kDepth, panel, depth, height, sums);
      scale_sums(sums,
                 {height, width, row_sums + first, scales + first, right.scales + column,
                  c.data + first * c.stride + column, c.stride},
                 sum);
    }
  }
}

}  // namespace p5::int8
