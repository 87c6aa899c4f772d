// Sixteen floats at a time, on whatever vectors the function around is compiled for (GCC's vector extension). For
// kernels' sources only. Everything is inlined into its caller, so that P5_CPU_CLONES reaches it.
#pragma once

#include <cstdint>
#include <limits>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"  // sixteen lanes may be several registers; nothing here crosses a call
#endif

namespace p5::lanes {

#define P5_INLINE inline __attribute__((always_inline))

inline constexpr std::int64_t kLanes = 16;
typedef float Floats __attribute__((vector_size(64)));
typedef std::int32_t Ints __attribute__((vector_size(64)));
typedef std::uint32_t Bits __attribute__((vector_size(64)));

P5_INLINE Floats all(float value) { return Floats{} + value; }
P5_INLINE Bits all_bits(std::uint32_t value) { return Bits{} + value; }
P5_INLINE Bits bits_of(Floats value) { return __builtin_bit_cast(Bits, value); }
P5_INLINE Floats floats_of(Bits value) { return __builtin_bit_cast(Floats, value); }

P5_INLINE Floats load(const float* from) {
  Floats value;
  __builtin_memcpy(&value, from, sizeof value);
  return value;
}
P5_INLINE void store(Floats value, float* to) { __builtin_memcpy(to, &value, sizeof value); }

// The first `count` lanes, then `rest`.
P5_INLINE Floats load_part(const float* from, std::int64_t count, float rest = 0.0f) {
  Floats value = all(rest);
  __builtin_memcpy(&value, from, static_cast<std::size_t>(count) * sizeof(float));
  return value;
}
P5_INLINE void store_part(Floats value, float* to, std::int64_t count) {
  __builtin_memcpy(to, &value, static_cast<std::size_t>(count) * sizeof(float));
}

// Value where the mask is set, else 0.
P5_INLINE Floats masked(Floats value, Ints mask) { return floats_of(bits_of(value) & __builtin_bit_cast(Bits, mask)); }
P5_INLINE Floats larger(Floats a, Floats b) { return a > b ? a : b; }

// Masks of runs of sixteen elements, one bit each: run i of 32 neighbors is bit i of the lanes' words, so that packing
// needs nothing across lanes. `element` is the run's first, of `count` in all; `bits` is carried from run to run.
inline constexpr std::int64_t kMaskRuns = 32;
P5_INLINE void put_mask(Ints mask, std::int64_t element, std::int64_t count, Bits& bits, std::uint32_t* to) {
  const std::int64_t run = element / kLanes % kMaskRuns;
  if (run == 0) bits = Bits{};
  bits |= __builtin_bit_cast(Bits, mask) & all_bits(1U << run);
  if (run + 1 < kMaskRuns && element + kLanes < count) return;
  __builtin_memcpy(to + element / (kLanes * kMaskRuns) * kLanes, &bits, sizeof bits);
}
P5_INLINE Ints get_mask(const std::uint32_t* from, std::int64_t element) {
  Bits bits;
  __builtin_memcpy(&bits, from + element / (kLanes * kMaskRuns) * kLanes, sizeof bits);
  return __builtin_bit_cast(Ints, (bits & all_bits(1U << (element / kLanes % kMaskRuns))) != 0U);
}

// Combines every lane with the lanes 8, 4, 2 and 1 positions on: each lane then holds the result over all.
template <class Combine>
P5_INLINE float reduced(Floats value, Combine combine) {
  value = combine(value, __builtin_shufflevector(value, value, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  value = combine(value, __builtin_shufflevector(value, value, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  value = combine(value, __builtin_shufflevector(value, value, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
  value = combine(value, __builtin_shufflevector(value, value, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
  return value[0];
}
P5_INLINE float sum_of(Floats value) {
  const auto plus = [](Floats a, Floats b) __attribute__((always_inline)) { return a + b; };
  return reduced(value, plus);
}
P5_INLINE float largest_of(Floats value) {
  const auto most = [](Floats a, Floats b) __attribute__((always_inline)) { return larger(a, b); };
  return reduced(value, most);
}

// exp(x) for x <= 88, relative error below 2e-7; 0 below -87, and of -infinity. 2^n * p(r) with r = x - n * log 2, log
// 2 in two parts (Cody and Waite 1980), and p the polynomial of degree 6 with the least relative error for |r| <=
// log(2)/2 (Remez), 2e-8 off.
P5_INLINE Floats exponential(Floats x) {
  const Floats shifted = x * 1.44269504088896341f + 12582912.0f;  // rounds to an integer in the mantissa's end
  const Floats n = shifted - 12582912.0f;
  Floats r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  Floats p = r * 1.4061422e-3f + 8.3790590e-3f;
  p = p * r + 4.1664773e-2f;
  p = p * r + 1.6666365e-1f;
  p = p * r + 5.0000004e-1f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  return masked(floats_of(bits_of(p) + (bits_of(shifted) << 23)), x >= -87.0f);  // n added to the exponent
}

}  // namespace p5::lanes
