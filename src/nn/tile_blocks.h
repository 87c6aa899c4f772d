// Building blocks of kernels on Intel AMX tiles: numbers split into bfloat16 parts, and sums of products of tiles. For
// kernels' sources only.
#pragma once

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__)
#define P5_HAS_TILES 1
#include <immintrin.h>
#endif

#include <cstddef>
#include <cstdint>

namespace p5::tiles {

inline constexpr std::int64_t kEdge = 16;      // rows of a tile
inline constexpr std::int64_t kDepth = 32;     // bfloat16 numbers per row of a tile
inline constexpr std::size_t kTile = 16 * 16;  // floats that a tile's 1,024 bytes take

inline std::int64_t blocks(std::int64_t extent, std::int64_t block) { return (extent + block - 1) / block; }

#ifdef P5_HAS_TILES

// Compiled whatever the build's target is; callers check available().
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,amx-tile,amx-bf16")

// A number whose upper half is the bfloat16 nearest to `value` (ties away from zero); the lower half is unused.
inline __m512 rounded(__m512 value) {
  return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(value), _mm512_set1_epi32(0x8000)));
}

// Only the upper half.
inline __m512 truncated(__m512 value) {
  return _mm512_castsi512_ps(
      _mm512_and_si512(_mm512_castps_si512(value), _mm512_set1_epi32(static_cast<int>(0xffff0000))));
}

// Lane j becomes the pair (first[j], second[j]) of bfloat16 numbers: the upper halves of the floats. What is left of a
// subnormal float may reach into its lower half, which is not taken.
inline __m512i pair(__m512 first, __m512 second) {
  return _mm512_mask_blend_epi16(0xaaaaaaaa, _mm512_srli_epi32(_mm512_castps_si512(first), 16),
                                 _mm512_castps_si512(second));
}

// A vector as the sum of kParts numbers whose upper halves are bfloat16. Two parts are rounded to nearest, so that the
// error has no bias. Three are truncated: they hold all 24 bits of a float32 either way, and truncating takes half as
// many instructions.
template <int kParts>
struct Parts {
  __m512 part[kParts];

  explicit Parts(__m512 value) {
#pragma GCC unroll 3
    for (int i = 0; i < kParts; ++i) {
      const __m512 upper = kParts == 3 ? value : rounded(value);
      if (i + 1 == kParts) {
        part[i] = upper;  // of which pair() takes no more; of three parts the last has eight bits
        break;
      }
      part[i] = truncated(upper);
      value = _mm512_sub_ps(value, part[i]);
    }
  }
};

// Row `row` of kParts tiles: pairs of first and second.
template <int kParts>
inline void store_pairs(const Parts<kParts>& first, const Parts<kParts>& second, std::int64_t row, float* tiles) {
#pragma GCC unroll 3
  for (int i = 0; i < kParts; ++i) {
    _mm512_store_si512(tiles + i * static_cast<std::int64_t>(kTile) + row * kEdge, pair(first.part[i], second.part[i]));
  }
}

inline __mmask16 mask_of(std::int64_t count) {
  return count >= 16 ? static_cast<__mmask16>(0xffff)
                     : static_cast<__mmask16>(count <= 0 ? 0 : (1U << static_cast<unsigned>(count)) - 1U);
}

// The factors of up to 2 x 2 tiles of a product.
struct Panel {
  const float* left[2];
  const float* right[2];
};

// How often parts meet per block of depth.
template <int kParts>
inline constexpr std::int64_t kMeetings = kParts*(kParts + 1) / 2;

struct NoWork {
  void operator()() const {}
};

// Tiles 0..3 are C; 4 and 5 hold a part of the left factor, 6 and 7 one of the right. Parts whose product is below what
// float32 resolves do not meet: of n parts those with i + j < n do. `between` is called after each meeting: tiles are
// multiplied in parallel with the vector unit, so what it does there costs little.
template <int kRows, int kColumns, int kParts, class Between = NoWork>
inline void sum_depths(const Panel& panel, std::int64_t count, Between between = {}) {
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
        between();
      }
    }
  }
}

#pragma GCC pop_options

#endif

}  // namespace p5::tiles
