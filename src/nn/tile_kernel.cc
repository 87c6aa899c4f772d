#include "nn/tile_kernel.h"

#include "nn/tile_blocks.h"

#ifdef P5_HAS_TILES
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <cstring>

namespace p5::tiles {

std::size_t packed_size(std::int64_t extent, const Depth& depth) {
  return static_cast<std::size_t>(blocks(extent, kEdge) * blocks(depth.count, kDepth) * depth.parts) * kTile;
}

std::int64_t right_offset(std::int64_t row, std::int64_t column, const Depth& depth) {
  const std::int64_t block = column / kEdge * blocks(depth.count, kDepth) + row / kDepth;
  return block * depth.parts * static_cast<std::int64_t>(kTile);
}

#ifdef P5_HAS_TILES

// The functions below are compiled for the tile unit whatever the build's target is; available() guards them.
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,amx-tile,amx-bf16")

namespace {

template <int kParts>
inline void split(__m512 first, __m512 second, std::int64_t row, float* tiles) {
  store_pairs(Parts<kParts>(first), Parts<kParts>(second), row, tiles);
}

// Row i of the tiles is 32 neighbors of row (first_row + i), the later sixteen paired with the earlier.
template <int kParts>
inline void load_rows(const ConstMatrix& from, std::int64_t first_row, std::int64_t first_column, float* tiles) {
  const std::int64_t rows = std::min(kEdge, from.rows - first_row), columns = from.columns - first_column;
  const __mmask16 left = mask_of(columns), right = mask_of(columns - 16);
  const float* at = from.data + first_row * from.stride + first_column;
  for (std::int64_t i = 0; i < rows; ++i, at += from.stride) {
    split<kParts>(_mm512_maskz_loadu_ps(left, at), _mm512_maskz_loadu_ps(right, at + 16), i, tiles);
  }
  for (std::int64_t i = rows; i < kEdge; ++i) split<kParts>(_mm512_setzero_ps(), _mm512_setzero_ps(), i, tiles);
}

// Row i of the tiles is the pairs (row i, row i + 16) of 16 neighboring columns.
template <int kParts>
inline void load_pairs(const ConstMatrix& from, std::int64_t first_row, std::int64_t first_column, float* tiles) {
  const std::int64_t rows = from.rows - first_row;
  const __mmask16 columns = mask_of(from.columns - first_column);
  const float* at = from.data + first_row * from.stride + first_column;
  for (std::int64_t i = 0; i < kEdge; ++i, at += from.stride) {
    const __mmask16 first = i < rows ? columns : static_cast<__mmask16>(0);
    const __mmask16 second = i + 16 < rows ? columns : static_cast<__mmask16>(0);
    split<kParts>(_mm512_maskz_loadu_ps(first, at), _mm512_maskz_loadu_ps(second, at + 16 * from.stride), i, tiles);
  }
}

// The 16 x 16 transpose of a tile's 32-bit lanes, by four rounds of swaps between rows 1, 2, 4 and 8 apart.
inline void transpose(float* tile) {
  __m512i a[16], b[16];
  const auto row = [tile](int i) { return _mm512_load_si512(tile + i * kEdge); };
  for (int i = 0; i < 16; i += 2) {
    const __m512i even = row(i), odd = row(i + 1);
    a[i] = _mm512_unpacklo_epi32(even, odd);
    a[i + 1] = _mm512_unpackhi_epi32(even, odd);
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
  const auto set = [tile](int i, __m512i value) { _mm512_store_si512(tile + i * kEdge, value); };
  for (int i = 0; i < 4; ++i) {
    set(i, _mm512_shuffle_i32x4(a[i], a[i + 8], 0x88));
    set(i + 8, _mm512_shuffle_i32x4(a[i], a[i + 8], 0xdd));
    set(i + 4, _mm512_shuffle_i32x4(a[i + 4], a[i + 12], 0x88));
    set(i + 12, _mm512_shuffle_i32x4(a[i + 4], a[i + 12], 0xdd));
  }
}

template <int kParts>
void transpose_all(float* tiles) {
  for (int part = 0; part < kParts; ++part) transpose(tiles + part * static_cast<std::int64_t>(kTile));
}

// Block `extent` of 16 rows or columns of a factor, block `depth` of 32 depths: kParts tiles.
using PackBlock = void (*)(const ConstMatrix& matrix, std::int64_t extent, std::int64_t depth, float* to);

// The matrix is [extent, depth].
template <int kParts, bool kTranspose>
void pack_rows(const ConstMatrix& matrix, std::int64_t extent, std::int64_t depth, float* to) {
  load_rows<kParts>(matrix, extent * kEdge, depth * kDepth, to);
  if constexpr (kTranspose) transpose_all<kParts>(to);
}

// The matrix is [depth, extent].
template <int kParts, bool kTranspose>
void pack_columns(const ConstMatrix& matrix, std::int64_t extent, std::int64_t depth, float* to) {
  load_pairs<kParts>(matrix, depth * kDepth, extent * kEdge, to);
  if constexpr (kTranspose) transpose_all<kParts>(to);
}

template <int kParts>
PackBlock left_packer(bool transposed) {
  return transposed ? pack_columns<kParts, true> : pack_rows<kParts, false>;
}

template <int kParts>
PackBlock right_packer(bool transposed) {
  return transposed ? pack_rows<kParts, true> : pack_columns<kParts, false>;
}

void pack(const ConstMatrix& matrix, PackBlock pack_block, const Depth& depth, std::int64_t extent, float* packed) {
  const std::int64_t depths = blocks(depth.count, kDepth), extents = blocks(extent, kEdge);
  for (std::int64_t i = 0; i < extents; ++i) {
    for (std::int64_t k = 0; k < depths; ++k, packed += depth.parts * static_cast<std::int64_t>(kTile)) {
      pack_block(matrix, i, k, packed);
    }
  }
}

}  // namespace

void pack_left(const Operand& left, int parts, float* packed) {
  constexpr decltype(&left_packer<1>) kPacker[] = {left_packer<1>, left_packer<2>, left_packer<3>};
  pack(left.matrix, kPacker[parts - 1](left.transposed), {left.columns(), parts}, left.rows(), packed);
}

void pack_right(const Operand& right, int parts, float* packed) {
  constexpr decltype(&right_packer<1>) kPacker[] = {right_packer<1>, right_packer<2>, right_packer<3>};
  pack(right.matrix, kPacker[parts - 1](right.transposed), {right.rows(), parts}, right.columns(), packed);
}

namespace {

// One panel of C.
struct PanelOfC {
  Panel factors;
  float* corner;
  std::int64_t stride, rows, columns;  // the rest of C from the corner on
};

template <int kRows, int kColumns, int kParts>
void whole_panel(const PanelOfC& panel, std::int64_t depths, Sum sum) {
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
  sum_depths<kRows, kColumns, kParts>(panel.factors, depths);
  _tile_stored(0, panel.corner, stride);
  if constexpr (kColumns == 2) _tile_stored(1, panel.corner + kEdge, stride);
  if constexpr (kRows == 2) _tile_stored(2, below, stride);
  if constexpr (kRows == 2 && kColumns == 2) _tile_stored(3, below + kEdge, stride);
}

// At the border of C the tiles go through a buffer, and only what belongs to C is copied.
template <int kRows, int kColumns, int kParts>
void border_panel(const PanelOfC& panel, std::int64_t depths, Sum sum) {
  constexpr std::int64_t kWidth = kColumns * kEdge;
  alignas(64) float buffer[kRows * kEdge * kWidth];
  PanelOfC inside = panel;
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
void panel_product(const PanelOfC& panel, std::int64_t depths, Sum sum) {
  const bool whole = panel.rows >= kRows * kEdge && panel.columns >= kColumns * kEdge;
  (whole ? whole_panel<kRows, kColumns, kParts> : border_panel<kRows, kColumns, kParts>)(panel, depths, sum);
}

template <int kParts>
void product(const float* left, const PackedRight& right, std::int64_t depth, const Matrix& c, Sum sum) {
  const std::int64_t depth_blocks = blocks(depth, kDepth), right_depth_blocks = blocks(right.depth, kDepth);
  const std::int64_t row_blocks = blocks(c.rows, kEdge), column_blocks = blocks(c.columns, kEdge);
  const auto step = static_cast<std::int64_t>(kParts * kTile);  // floats per block of depth
  // A left factor of few rows stays in cache whole, and the right one is read from beyond it: one stream, block after
  // block, is faster than two side by side.
  const std::int64_t wide = row_blocks > 2 ? 2 : 1;
  // Blocks of depth between two visits of C: a panel of either factor, kParts * 2 KB per block, stays in the
  // first-level cache. Runs are of about equal length: a short one would visit C for little work.
  constexpr std::int64_t kRun = kParts == 3 ? 4 : 8;
  const std::int64_t runs = std::max<std::int64_t>(1, (depth_blocks + kRun / 2) / kRun);
  for (std::int64_t i = 0; i < runs; ++i) {
    const std::int64_t first = i * depth_blocks / runs, run = (i + 1) * depth_blocks / runs - first;
    const Sum here = first == 0 ? sum : Sum::kAdd;
    const auto left_at = [&](std::int64_t block) { return left + (block * depth_blocks + first) * step; };
    const auto right_at = [&](std::int64_t block) { return right.data + (block * right_depth_blocks + first) * step; };
    for (std::int64_t column = 0; column < column_blocks; column += wide) {
      for (std::int64_t row = 0; row < row_blocks; row += 2) {
        const PanelOfC panel = {{{left_at(row), left_at(row + 1)}, {right_at(column), right_at(column + 1)}},
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

void multiply(const float* left, const PackedRight& right, const Depth& depth, const Matrix& c, Sum sum) {
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
void pack_left(const Operand&, int, float*) {}
void pack_right(const Operand&, int, float*) {}
void multiply(const float*, const PackedRight&, const Depth&, const Matrix&, Sum) {}
void open_session() {}
void close_session() {}

#endif

}  // namespace p5::tiles
