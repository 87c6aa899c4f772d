#include "nn/int8_rows.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "nn/cpu_clones.h"
#include "nn/int8_kernel.h"
#include "nn/lanes.h"

// Optimized in debug builds too, because tests decode with real models.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3", "no-trapping-math", "no-math-errno")
#endif

namespace p5 {
namespace {

using namespace lanes;

typedef std::int8_t Bytes __attribute__((vector_size(16)));

// Sixteen numbers, rounded: adding 1.5 * 2^23 leaves an integer in the end of the mantissa.
P5_INLINE Ints rounded_ints(Floats value, float inverse) {
  const Floats shifted = value * inverse + 12582912.0f;
  return __builtin_bit_cast(Ints, bits_of(shifted) - 0x4b400000U);
}

// Magnitudes as integers, which are in the order of the numbers; infinity and NaN are above all others.
P5_INLINE Ints magnitude(Floats value) { return __builtin_bit_cast(Ints, bits_of(value) & 0x7fffffffU); }
P5_INLINE Ints larger_of(Ints a, Ints b) { return a > b ? a : b; }

}  // namespace

P5_CPU_CLONES float int8_scale(const float* values, std::int64_t count) {
  constexpr float kLeast = 1e-30f;  // below it the inverse of a scale would overflow
  Ints most{};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) most = larger_of(most, magnitude(load(values + i)));
  if (i < count) most = larger_of(most, magnitude(load_part(values + i, count - i)));
  std::int32_t bits_of_largest = 0;
  for (std::int64_t lane = 0; lane < kLanes; ++lane) bits_of_largest = std::max(bits_of_largest, most[lane]);
  if (bits_of_largest >= 0x7f800000) return std::numeric_limits<float>::quiet_NaN();
  const auto largest = __builtin_bit_cast(float, bits_of_largest);
  if (largest < kLeast) return 0.0f;
  const auto bits = __builtin_bit_cast(std::uint32_t, largest / 127.0f);
  return __builtin_bit_cast(float, (bits + 0x7fU) & ~0x7fU);
}

P5_CPU_CLONES std::int32_t round_to_int8(const float* values, std::int64_t count, float scale, std::int8_t* to) {
  if (!(scale > 0.0f)) {
    std::fill_n(to, count, std::int8_t{0});
    return 0;
  }
  const float inverse = 1.0f / scale;
  Ints sum{};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const Ints integers = rounded_ints(load(values + i), inverse);
    sum += integers;
    const Bytes bytes = __builtin_convertvector(integers, Bytes);
    __builtin_memcpy(to + i, &bytes, sizeof bytes);
  }
  if (i < count) {
    const Ints integers = rounded_ints(load_part(values + i, count - i), inverse);
    sum += integers;
    const Bytes bytes = __builtin_convertvector(integers, Bytes);
    __builtin_memcpy(to + i, &bytes, static_cast<std::size_t>(count - i));
  }
  std::int32_t total = 0;
  for (std::int64_t lane = 0; lane < kLanes; ++lane) total += sum[lane];
  return total;
}

Int8Rows::Int8Rows(const ConstMatrix& matrix)
    : width_(matrix.columns),
      values_(static_cast<std::size_t>(matrix.rows * matrix.columns)),
      scales_(static_cast<std::size_t>(matrix.rows)) {
  for (std::int64_t row = 0; row < matrix.rows; ++row) {
    const float* from = matrix.data + row * matrix.stride;
    float& scale = scales_[static_cast<std::size_t>(row)];
    scale = int8_scale(from, width_);
    round_to_int8(from, width_, scale, values_.data() + row * width_);
  }
}

Int8Rows::Int8Rows(std::int64_t width, std::vector<std::int8_t> values, std::vector<float> scales)
    : width_(width), values_(std::move(values)), scales_(std::move(scales)) {}

void Int8Rows::expand(std::int64_t index, float* to) const {
  const std::int8_t* from = row(index);
  const float by = scale(index);
  for (std::int64_t i = 0; i < width_; ++i) to[i] = by * static_cast<float>(from[i]);
}

void Int8Vector::round(const float* values, std::int64_t width) {
  values_.resize(static_cast<std::size_t>(width));
  scale_ = int8_scale(values, width);
  sum_ = round_to_int8(values, width, scale_, values_.data());
}

void multiply_rows(const Int8Vector& vector, const Int8Rows& matrix, const std::int32_t* rows, std::int64_t count,
                   float* to) {
  const int8::Kernel& kernel = int8::kernel();
  constexpr std::int64_t kAhead = 4;  // rows fetched before they are needed: they are scattered in memory
  const std::int64_t width = matrix.width();
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t row = rows == nullptr ? i : rows[i];
    if (rows != nullptr && i + kAhead < count) {
      const std::int8_t* ahead = matrix.row(rows[i + kAhead]);
      for (std::int64_t k = 0; k < width; k += 64) __builtin_prefetch(ahead + k);
    }
    const std::int32_t sum = kernel.dot(vector.data(), matrix.row(row), width) - int8::kOffset * vector.sum();
    to[i] = static_cast<float>(sum) * vector.scale() * matrix.scale(row);
  }
}

}  // namespace p5
