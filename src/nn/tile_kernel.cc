#include "nn/tile_kernel.h"

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__)
#define P5_HAS_TILES 1
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <cstring>

namespace p5::tiles {

namespace {

constexpr std::int64_t kEdge = 16;      // rows of a tile
constexpr std::int64_t kDepth = 32;     // bfloat16 numbers a row of a tile
constexpr std::size_t kTile = 16 * 16;  // floats that a tile's 1,024 bytes take
constexpr std::int64_t kDepthRun = 4;   // blocks of depth between two visits of C: both panels stay in the first cache

std::int64_t blocks(std::int64_t extent, std::int64_t block) { return (extent + block - 1) / block; }

}  // namespace

std::size_t packed_size(std::int64_t extent, std::int64_t depth) {
  return static_cast<std::size_t>(blocks(extent, kEdge) * blocks(depth, kDepth)) * 2 * kTile;
}

#ifdef P5_HAS_TILES

// The functions below are compiled for the tile unit whatever the build's target is; available() guards them.
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,amx-tile,amx-bf16")

namespace {

// Sixteen rows of sixteen 32-bit lanes, each lane a pair of bfloat16 numbers.
struct Block {
  __m512i row[16];
};

struct SplitBlock {
  Block high, low;
};

inline __m512i as_integer(__m512bh value) { return reinterpret_cast<__m512i&>(value); }

// The high parts of 16 pairs back as floats: `first` from the lower half, `second` from the upper.
inline __m512 widen(__m256i half) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16)); }

// 32 floats, first then second, as 32 high parts and 32 low parts.
inline void split(__m512 first, __m512 second, __m512i& high, __m512i& low) {
  high = as_integer(_mm512_cvtne2ps_pbh(second, first));
  const __m512 rest_first = _mm512_sub_ps(first, widen(_mm512_castsi512_si256(high)));
  const __m512 rest_second = _mm512_sub_ps(second, widen(_mm512_extracti64x4_epi64(high, 1)));
  low = as_integer(_mm512_cvtne2ps_pbh(rest_second, rest_first));
}

inline __mmask16 mask_of(std::int64_t count) {
  return count >= 16 ? static_cast<__mmask16>(0xffff)
                     : static_cast<__mmask16>(count <= 0 ? 0 : (1U << static_cast<unsigned>(count)) - 1U);
}

// Row i of the block is 32 neighbours of row (first_row + i).
inline void load_rows(const ConstMatrix& from, std::int64_t first_row, std::int64_t first_column, SplitBlock& block) {
  const std::int64_t rows = std::min(kEdge, from.rows - first_row), columns = from.columns - first_column;
  const __mmask16 left = mask_of(columns), right = mask_of(columns - 16);
  const float* at = from.data + first_row * from.stride + first_column;
  for (std::int64_t i = 0; i < kEdge; ++i) {
    if (i < rows) {
      split(_mm512_maskz_loadu_ps(left, at + i * from.stride), _mm512_maskz_loadu_ps(right, at + i * from.stride + 16),
            block.high.row[i], block.low.row[i]);
    } else {
      block.high.row[i] = block.low.row[i] = _mm512_setzero_si512();
    }
  }
}

// Row i of the block is the pairs (row 2i, row 2i + 1) of 16 neighbouring columns.
inline void load_pairs(const ConstMatrix& from, std::int64_t first_row, std::int64_t first_column, SplitBlock& block) {
  alignas(64) static constexpr std::int16_t kInterleave[32] = {0,  16, 1,  17, 2,  18, 3,  19, 4,  20, 5,
                                                               21, 6,  22, 7,  23, 8,  24, 9,  25, 10, 26,
                                                               11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  const __m512i order = _mm512_load_si512(kInterleave);
  const std::int64_t rows = from.rows - first_row;
  const __mmask16 columns = mask_of(from.columns - first_column);
  const float* at = from.data + first_row * from.stride + first_column;
  for (std::int64_t i = 0; i < kEdge; ++i) {
    const __mmask16 first = 2 * i < rows ? columns : static_cast<__mmask16>(0);
    const __mmask16 second = 2 * i + 1 < rows ? columns : static_cast<__mmask16>(0);
    __m512i high, low;
    split(_mm512_maskz_loadu_ps(first, at + 2 * i * from.stride),
          _mm512_maskz_loadu_ps(second, at + (2 * i + 1) * from.stride), high, low);
    block.high.row[i] = _mm512_permutexvar_epi16(order, high);
    block.low.row[i] = _mm512_permutexvar_epi16(order, low);
  }
}

// The 16 x 16 transpose of 32-bit lanes, by four rounds of swaps between rows 1, 2, 4 and 8 apart.
inline void transpose(Block& block) {
  __m512i a[16], b[16];
  for (int i = 0; i < 16; i += 2) {
    a[i] = _mm512_unpacklo_epi32(block.row[i], block.row[i + 1]);
    a[i + 1] = _mm512_unpackhi_epi32(block.row[i], block.row[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    b[i] = _mm512_unpacklo_epi64(a[i], a[i + 2]);
    b[i + 1] = _mm512_unpackhi_epi64(a[i], a[i + 2]);
    b[i + 2] = _mm512_unpacklo_epi64(a[i + 1], a[i + 3]);
    b[i + 3] = _mm512_unpackhi_epi64(a[i + 1], a[i + 3]);
  }
  for (int i = 0; i < 4; ++i) {
    a[i] = _mm512_shuffle_i32x4(b[i], b[i + 4], 0x88);
    a[i + 4] = _mm512_shuffle_i32x4(b[i], b[i + 4], 0xdd);
    a[i + 8] = _mm512_shuffle_i32x4(b[i + 8], b[i + 12], 0x88);
    a[i + 12] = _mm512_shuffle_i32x4(b[i + 8], b[i + 12], 0xdd);
  }
  for (int i = 0; i < 4; ++i) {
    block.row[i] = _mm512_shuffle_i32x4(a[i], a[i + 8], 0x88);
    block.row[i + 8] = _mm512_shuffle_i32x4(a[i], a[i + 8], 0xdd);
    block.row[i + 4] = _mm512_shuffle_i32x4(a[i + 4], a[i + 12], 0x88);
    block.row[i + 12] = _mm512_shuffle_i32x4(a[i + 4], a[i + 12], 0xdd);
  }
}

inline void store(const Block& block, float* to) {
  for (int i = 0; i < 16; ++i) _mm512_store_si512(to + i * 16, block.row[i]);
}

inline void store(const SplitBlock& block, float* to) {
  store(block.high, to);
  store(block.low, to + kTile);
}

}  // namespace

void pack_left(const ConstMatrix& matrix, float* packed) {
  SplitBlock block;
  for (std::int64_t row = 0; row < matrix.rows; row += kEdge) {
    for (std::int64_t column = 0; column < matrix.columns; column += kDepth, packed += 2 * kTile) {
      load_rows(matrix, row, column, block);
      store(block, packed);
    }
  }
}

void pack_left_transposed(const ConstMatrix& matrix, float* packed) {
  SplitBlock block;
  for (std::int64_t column = 0; column < matrix.columns; column += kEdge) {
    for (std::int64_t row = 0; row < matrix.rows; row += kDepth, packed += 2 * kTile) {
      load_pairs(matrix, row, column, block);
      transpose(block.high);
      transpose(block.low);
      store(block, packed);
    }
  }
}

void pack_right(const ConstMatrix& matrix, float* packed) {
  SplitBlock block;
  for (std::int64_t column = 0; column < matrix.columns; column += kEdge) {
    for (std::int64_t row = 0; row < matrix.rows; row += kDepth, packed += 2 * kTile) {
      load_pairs(matrix, row, column, block);
      store(block, packed);
    }
  }
}

void pack_right_transposed(const ConstMatrix& matrix, float* packed) {
  SplitBlock block;
  for (std::int64_t row = 0; row < matrix.rows; row += kEdge) {
    for (std::int64_t column = 0; column < matrix.columns; column += kDepth, packed += 2 * kTile) {
      load_rows(matrix, row, column, block);
      transpose(block.high);
      transpose(block.low);
      store(block, packed);
    }
  }
}

namespace {

// One panel of C: up to 2 x 2 tiles at `corner`.
struct Panel {
  const float* left[2];
  const float* right[2];
  float* corner;
  std::int64_t stride, rows, columns;  // what is left of C from the corner on
};

// Tiles 0..3 are C; 4 and 5 the left factor, 6 and 7 the right one. The high parts meet first; then the low parts of
// the right take the high ones' place, and the high ones come back for the low parts of the left.
template <int kRows, int kColumns>
inline void sum_depths(const Panel& panel, std::int64_t count) {
  constexpr int kStride = 64;
  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t at = k * static_cast<std::int64_t>(2 * kTile);
    _tile_loadd(4, panel.left[0] + at, kStride);
    if constexpr (kRows == 2) _tile_loadd(5, panel.left[1] + at, kStride);
    _tile_loadd(6, panel.right[0] + at, kStride);
    if constexpr (kColumns == 2) _tile_loadd(7, panel.right[1] + at, kStride);
    const auto meet = [] {
      _tile_dpbf16ps(0, 4, 6);
      if constexpr (kColumns == 2) _tile_dpbf16ps(1, 4, 7);
      if constexpr (kRows == 2) _tile_dpbf16ps(2, 5, 6);
      if constexpr (kRows == 2 && kColumns == 2) _tile_dpbf16ps(3, 5, 7);
    };
    meet();
    _tile_loadd(6, panel.right[0] + at + kTile, kStride);
    if constexpr (kColumns == 2) _tile_loadd(7, panel.right[1] + at + kTile, kStride);
    meet();
    _tile_loadd(4, panel.left[0] + at + kTile, kStride);
    if constexpr (kRows == 2) _tile_loadd(5, panel.left[1] + at + kTile, kStride);
    _tile_loadd(6, panel.right[0] + at, kStride);
    if constexpr (kColumns == 2) _tile_loadd(7, panel.right[1] + at, kStride);
    meet();
  }
}

template <int kRows, int kColumns>
void whole_panel(const Panel& panel, std::int64_t depths, Sum sum) {
  const std::int64_t stride = panel.stride * 4;
  float* below = panel.corner + kEdge * panel.stride;
  if (sum == Sum::kAdd) {
    _tile_loadd(0, panel.corner, stride);
    if constexpr (kColumns == 2) _tile_loadd(1, panel.corner + kEdge, stride);
    if constexpr (kRows == 2) _tile_loadd(2, below, stride);
    if constexpr (kRows == 2 && kColumns == 2) _tile_loadd(3, below + kEdge, stride);
  } else {
    _tile_zero(0);
    if constexpr (kColumns == 2) _tile_zero(1);
    if constexpr (kRows == 2) _tile_zero(2);
    if constexpr (kRows == 2 && kColumns == 2) _tile_zero(3);
  }
  sum_depths<kRows, kColumns>(panel, depths);
  _tile_stored(0, panel.corner, stride);
  if constexpr (kColumns == 2) _tile_stored(1, panel.corner + kEdge, stride);
  if constexpr (kRows == 2) _tile_stored(2, below, stride);
  if constexpr (kRows == 2 && kColumns == 2) _tile_stored(3, below + kEdge, stride);
}

// At the border of C the tiles go through a buffer, and only what belongs to C is copied.
template <int kRows, int kColumns>
void border_panel(const Panel& panel, std::int64_t depths, Sum sum) {
  constexpr std::int64_t kWidth = kColumns * kEdge;
  alignas(64) float buffer[kRows * kEdge * kWidth];
  Panel inside = panel;
  inside.corner = buffer;
  inside.stride = kWidth;
  whole_panel<kRows, kColumns>(inside, depths, Sum::kReplace);
  const std::int64_t rows = std::min<std::int64_t>(panel.rows, kRows * kEdge),
                     columns = std::min(panel.columns, kWidth);
  for (std::int64_t row = 0; row < rows; ++row) {
    float* to = panel.corner + row * panel.stride;
    const float* from = buffer + row * kWidth;
    for (std::int64_t column = 0; column < columns; column += 16) {
      const __mmask16 mask = mask_of(columns - column);
      __m512 value = _mm512_load_ps(from + column);
      if (sum == Sum::kAdd) value = _mm512_add_ps(value, _mm512_maskz_loadu_ps(mask, to + column));
      _mm512_mask_storeu_ps(to + column, mask, value);
    }
  }
}

template <int kRows, int kColumns>
void panel_product(const Panel& panel, std::int64_t depths, Sum sum) {
  const bool whole = panel.rows >= kRows * kEdge && panel.columns >= kColumns * kEdge;
  (whole ? whole_panel<kRows, kColumns> : border_panel<kRows, kColumns>)(panel, depths, sum);
}

}  // namespace

void multiply(const float* left, const float* right, std::int64_t depth, const Matrix& c, Sum sum) {
  const std::int64_t depth_blocks = blocks(depth, kDepth);
  const std::int64_t row_blocks = blocks(c.rows, kEdge), column_blocks = blocks(c.columns, kEdge);
  const auto step = static_cast<std::int64_t>(2 * kTile);  // floats a block of depth
  for (std::int64_t first = 0; first < depth_blocks; first += kDepthRun) {
    const std::int64_t run = std::min(kDepthRun, depth_blocks - first);
    const Sum here = first == 0 ? sum : Sum::kAdd;
    for (std::int64_t column = 0; column < column_blocks; column += 2) {
      for (std::int64_t row = 0; row < row_blocks; row += 2) {
        const auto left_at = [&](std::int64_t block) { return left + (block * depth_blocks + first) * step; };
        const auto right_at = [&](std::int64_t block) { return right + (block * depth_blocks + first) * step; };
        const Panel panel = {{left_at(row), left_at(row + 1)},
                             {right_at(column), right_at(column + 1)},
                             c.data + row * kEdge * c.stride + column * kEdge,
                             c.stride,
                             c.rows - row * kEdge,
                             c.columns - column * kEdge};
        const bool two_rows = row + 1 < row_blocks, two_columns = column + 1 < column_blocks;
        const auto product = two_rows ? (two_columns ? panel_product<2, 2> : panel_product<2, 1>)
                                      : (two_columns ? panel_product<1, 2> : panel_product<1, 1>);
        product(panel, run, here);
      }
    }
  }
}

namespace {

// Palette 1, every tile 16 rows of 64 bytes (Intel's manual, LDTILECFG).
struct alignas(64) TileConfiguration {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

bool ask_for_tiles() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
  constexpr unsigned kTileBits = (1U << 22) | (1U << 24);  // AMX-BF16, AMX-TILE
  if ((d & kTileBits) != kTileBits || !__builtin_cpu_supports("avx512bw")) return false;
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d) == 0 || (a & (1U << 5)) == 0) return false;  // AVX512-BF16
  constexpr long kRequestPermission = 0x1023, kTileData = 18;  // arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA)
  return ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

thread_local int open_sessions = 0;

}  // namespace

void open_session() {
  if (open_sessions++ > 0) return;
  // Static: the compiler does not know that the instruction reads 64 bytes, and would not write those of a local.
  static constexpr TileConfiguration kConfiguration;
  _tile_loadconfig(&kConfiguration);
}

void close_session() {
  if (--open_sessions == 0) _tile_release();
}

#pragma GCC pop_options

bool available() {
  static const bool answer = ask_for_tiles();
  return answer;
}

#else

bool available() { return false; }
void pack_left(const ConstMatrix&, float*) {}
void pack_left_transposed(const ConstMatrix&, float*) {}
void pack_right(const ConstMatrix&, float*) {}
void pack_right_transposed(const ConstMatrix&, float*) {}
void multiply(const float*, const float*, std::int64_t, const Matrix&, Sum) {}
void open_session() {}
void close_session() {}

#endif

}  // namespace p5::tiles
