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

std::int64_t blocks(std::int64_t extent, std::int64_t block) { return (extent + block - 1) / block; }

}  // namespace

std::size_t packed_size(std::int64_t extent, const Depth& depth) {
  return static_cast<std::size_t>(blocks(extent, kEdge) * blocks(depth.count, kDepth) * depth.parts) * kTile;
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

// The same sixteen rows, split: the parts of a number, largest first, add up to it.
template <int kParts>
struct SplitBlock {
  Block part[kParts];
};

inline __m512i as_integer(__m512bh value) { return reinterpret_cast<__m512i&>(value); }

// The high parts of 16 pairs back as floats: `first` from the lower half, `second` from the upper.
inline __m512 widen(__m256i half) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16)); }

// Row `row` of every part of the block: 32 floats, first then second, each part the nearest to what the ones before
// leave of a number.
template <int kParts>
inline void split(__m512 first, __m512 second, SplitBlock<kParts>& block, std::int64_t row) {
  for (int part = 0; part < kParts; ++part) {
    const __m512i nearest = as_integer(_mm512_cvtne2ps_pbh(second, first));
    block.part[part].row[row] = nearest;
    first = _mm512_sub_ps(first, widen(_mm512_castsi512_si256(nearest)));
    second = _mm512_sub_ps(second, widen(_mm512_extracti64x4_epi64(nearest, 1)));
  }
}

inline __mmask16 mask_of(std::int64_t count) {
  return count >= 16 ? static_cast<__mmask16>(0xffff)
                     : static_cast<__mmask16>(count <= 0 ? 0 : (1U << static_cast<unsigned>(count)) - 1U);
}

// Row i of the block is 32 neighbours of row (first_row + i).
template <int kParts>
inline void load_rows(const ConstMatrix& from, std::int64_t first_row, std::int64_t first_column,
                      SplitBlock<kParts>& block) {
  const std::int64_t rows = std::min(kEdge, from.rows - first_row), columns = from.columns - first_column;
  const __mmask16 left = mask_of(columns), right = mask_of(columns - 16);
  const float* at = from.data + first_row * from.stride + first_column;
  for (std::int64_t i = 0; i < rows; ++i, at += from.stride) {
    split(_mm512_maskz_loadu_ps(left, at), _mm512_maskz_loadu_ps(right, at + 16), block, i);
  }
  for (std::int64_t i = rows; i < kEdge; ++i) split(_mm512_setzero_ps(), _mm512_setzero_ps(), block, i);
}

// Row i of the block is the pairs (row 2i, row 2i + 1) of 16 neighbouring columns.
template <int kParts>
inline void load_pairs(const ConstMatrix& from, std::int64_t first_row, std::int64_t first_column,
                       SplitBlock<kParts>& block) {
  alignas(64) static constexpr std::int16_t kInterleave[32] = {0,  16, 1,  17, 2,  18, 3,  19, 4,  20, 5,
                                                               21, 6,  22, 7,  23, 8,  24, 9,  25, 10, 26,
                                                               11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  const __m512i order = _mm512_load_si512(kInterleave);
  const std::int64_t rows = from.rows - first_row;
  const __mmask16 columns = mask_of(from.columns - first_column);
  const float* at = from.data + first_row * from.stride + first_column;
  for (std::int64_t i = 0; i < kEdge; ++i, at += 2 * from.stride) {
    const __mmask16 first = 2 * i < rows ? columns : static_cast<__mmask16>(0);
    const __mmask16 second = 2 * i + 1 < rows ? columns : static_cast<__mmask16>(0);
    split(_mm512_maskz_loadu_ps(first, at), _mm512_maskz_loadu_ps(second, at + from.stride), block, i);
    for (Block& part : block.part) part.row[i] = _mm512_permutexvar_epi16(order, part.row[i]);
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

template <int kParts>
inline void store(const SplitBlock<kParts>& block, float* to) {
  for (const Block& part : block.part) {
    for (int i = 0; i < 16; ++i, to += 16) _mm512_store_si512(to, part.row[i]);
  }
}

enum class Turn { kNone, kTranspose };

// Rows of the matrix are those of the factor (its columns, on the right).
template <int kParts, Turn kTurn>
void pack_rows(const ConstMatrix& matrix, float* packed) {
  SplitBlock<kParts> block;
  for (std::int64_t row = 0; row < matrix.rows; row += kEdge) {
    for (std::int64_t column = 0; column < matrix.columns; column += kDepth, packed += kParts * kTile) {
      load_rows(matrix, row, column, block);
      if constexpr (kTurn == Turn::kTranspose) {
        for (Block& part : block.part) transpose(part);
      }
      store(block, packed);
    }
  }
}

// Rows of the matrix are the depths.
template <int kParts, Turn kTurn>
void pack_columns(const ConstMatrix& matrix, float* packed) {
  SplitBlock<kParts> block;
  for (std::int64_t column = 0; column < matrix.columns; column += kEdge) {
    for (std::int64_t row = 0; row < matrix.rows; row += kDepth, packed += kParts * kTile) {
      load_pairs(matrix, row, column, block);
      if constexpr (kTurn == Turn::kTranspose) {
        for (Block& part : block.part) transpose(part);
      }
      store(block, packed);
    }
  }
}

}  // namespace

void pack_left(const ConstMatrix& matrix, int parts, float* packed) {
  constexpr decltype(&pack_rows<1, Turn::kNone>) kPack[] = {pack_rows<1, Turn::kNone>, pack_rows<2, Turn::kNone>,
                                                            pack_rows<3, Turn::kNone>};
  kPack[parts - 1](matrix, packed);
}

void pack_left_transposed(const ConstMatrix& matrix, int parts, float* packed) {
  constexpr decltype(&pack_rows<1, Turn::kNone>) kPack[] = {
      pack_columns<1, Turn::kTranspose>, pack_columns<2, Turn::kTranspose>, pack_columns<3, Turn::kTranspose>};
  kPack[parts - 1](matrix, packed);
}

void pack_right(const ConstMatrix& matrix, int parts, float* packed) {
  constexpr decltype(&pack_rows<1, Turn::kNone>) kPack[] = {pack_columns<1, Turn::kNone>, pack_columns<2, Turn::kNone>,
                                                            pack_columns<3, Turn::kNone>};
  kPack[parts - 1](matrix, packed);
}

void pack_right_transposed(const ConstMatrix& matrix, int parts, float* packed) {
  constexpr decltype(&pack_rows<1, Turn::kNone>) kPack[] = {
      pack_rows<1, Turn::kTranspose>, pack_rows<2, Turn::kTranspose>, pack_rows<3, Turn::kTranspose>};
  kPack[parts - 1](matrix, packed);
}

namespace {

// One panel of C: up to 2 x 2 tiles at `corner`.
struct Panel {
  const float* left[2];
  const float* right[2];
  float* corner;
  std::int64_t stride, rows, columns;  // what is left of C from the corner on
};

// Tiles 0..3 are C; 4 and 5 hold a part of the left factor, 6 and 7 one of the right. Parts whose product lies beyond
// what float32 resolves do not meet: of n parts those with i + j < n do.
template <int kRows, int kColumns, int kParts>
inline void sum_depths(const Panel& panel, std::int64_t count) {
  constexpr int kStride = 64;
  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t at = k * static_cast<std::int64_t>(kParts * kTile);
#pragma GCC unroll 3
    for (int left = 0; left < kParts; ++left) {
      const std::int64_t left_at = at + left * static_cast<std::int64_t>(kTile);
      _tile_loadd(4, panel.left[0] + left_at, kStride);
      if constexpr (kRows == 2) _tile_loadd(5, panel.left[1] + left_at, kStride);
#pragma GCC unroll 3
      for (int right = 0; right < kParts - left; ++right) {
        const std::int64_t right_at = at + right * static_cast<std::int64_t>(kTile);
        _tile_loadd(6, panel.right[0] + right_at, kStride);
        if constexpr (kColumns == 2) _tile_loadd(7, panel.right[1] + right_at, kStride);
        _tile_dpbf16ps(0, 4, 6);
        if constexpr (kColumns == 2) _tile_dpbf16ps(1, 4, 7);
        if constexpr (kRows == 2) _tile_dpbf16ps(2, 5, 6);
        if constexpr (kRows == 2 && kColumns == 2) _tile_dpbf16ps(3, 5, 7);
      }
    }
  }
}

template <int kRows, int kColumns, int kParts>
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
  sum_depths<kRows, kColumns, kParts>(panel, depths);
  _tile_stored(0, panel.corner, stride);
  if constexpr (kColumns == 2) _tile_stored(1, panel.corner + kEdge, stride);
  if constexpr (kRows == 2) _tile_stored(2, below, stride);
  if constexpr (kRows == 2 && kColumns == 2) _tile_stored(3, below + kEdge, stride);
}

// At the border of C the tiles go through a buffer, and only what belongs to C is copied.
template <int kRows, int kColumns, int kParts>
void border_panel(const Panel& panel, std::int64_t depths, Sum sum) {
  constexpr std::int64_t kWidth = kColumns * kEdge;
  alignas(64) float buffer[kRows * kEdge * kWidth];
  Panel inside = panel;
  inside.corner = buffer;
  inside.stride = kWidth;
  whole_panel<kRows, kColumns, kParts>(inside, depths, Sum::kReplace);
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

template <int kRows, int kColumns, int kParts>
void panel_product(const Panel& panel, std::int64_t depths, Sum sum) {
  const bool whole = panel.rows >= kRows * kEdge && panel.columns >= kColumns * kEdge;
  (whole ? whole_panel<kRows, kColumns, kParts> : border_panel<kRows, kColumns, kParts>)(panel, depths, sum);
}

template <int kParts>
void product(const float* left, const float* right, std::int64_t depth, const Matrix& c, Sum sum) {
  const std::int64_t depth_blocks = blocks(depth, kDepth);
  const std::int64_t row_blocks = blocks(c.rows, kEdge), column_blocks = blocks(c.columns, kEdge);
  const auto step = static_cast<std::int64_t>(kParts * kTile);  // floats a block of depth
  // A left factor of few rows stays in cache whole, and the right one is read from afar: as one stream, block after
  // block, it comes faster than as two side by side.
  const std::int64_t wide = row_blocks > 2 ? 2 : 1;
  // Blocks of depth between two visits of C: a panel of either factor, kParts * 2 KB a block, stays in the first cache.
  constexpr std::int64_t kRun = kParts == 3 ? 4 : 8;
  for (std::int64_t first = 0; first < depth_blocks; first += kRun) {
    const std::int64_t run = std::min(kRun, depth_blocks - first);
    const Sum here = first == 0 ? sum : Sum::kAdd;
    const auto left_at = [&](std::int64_t block) { return left + (block * depth_blocks + first) * step; };
    const auto right_at = [&](std::int64_t block) { return right + (block * depth_blocks + first) * step; };
    for (std::int64_t column = 0; column < column_blocks; column += wide) {
      for (std::int64_t row = 0; row < row_blocks; row += 2) {
        const Panel panel = {{left_at(row), left_at(row + 1)},
                             {right_at(column), right_at(column + 1)},
                             c.data + row * kEdge * c.stride + column * kEdge,
                             c.stride,
                             c.rows - row * kEdge,
                             c.columns - column * kEdge};
        const bool two_rows = row + 1 < row_blocks, two_columns = wide == 2 && column + 1 < column_blocks;
        const auto meet = two_rows ? (two_columns ? panel_product<2, 2, kParts> : panel_product<2, 1, kParts>)
                                   : (two_columns ? panel_product<1, 2, kParts> : panel_product<1, 1, kParts>);
        meet(panel, run, here);
      }
    }
  }
}

}  // namespace

void multiply(const float* left, const float* right, const Depth& depth, const Matrix& c, Sum sum) {
  constexpr decltype(&product<1>) kProduct[] = {product<1>, product<2>, product<3>};
  kProduct[depth.parts - 1](left, right, depth.count, c, sum);
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
void pack_left(const ConstMatrix&, int, float*) {}
void pack_left_transposed(const ConstMatrix&, int, float*) {}
void pack_right(const ConstMatrix&, int, float*) {}
void pack_right_transposed(const ConstMatrix&, int, float*) {}
void multiply(const float*, const float*, const Depth&, const Matrix&, Sum) {}
void open_session() {}
void close_session() {}

#endif

}  // namespace p5::tiles
