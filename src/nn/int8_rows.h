// Rows of numbers as 8-bit integers with one scale each: value = scale * integer, integers from -127 to 127 (symmetric,
// per row: Jacob et al. 2018, "Quantization and training of neural networks for efficient integer-arithmetic-only
// inference", without zero points). A scale has 17 bits of mantissa, so that 127 * scale is exact in float32: rows that
// were rounded once are never changed by rounding them again. Thread-safe as values are.
#pragma once

#include <cstdint>
#include <vector>

#include "nn/matrix_product.h"

namespace p5 {

// A row of this many numbers or less has sums of products that fit 32 bits: 255 * 127 * width < 2^31.
inline constexpr std::int64_t kMaxInt8Width = 1 << 16;

// The scale for `count` numbers: their largest magnitude / 127, rounded up to 17 bits. 0 where all are below 1e-30, NaN
// where one is not finite.
float int8_scale(const float* values, std::int64_t count);
// to[i] = values[i] / scale, rounded to nearest; zeros for a scale of 0 or NaN. Returns the sum of to.
std::int32_t round_to_int8(const float* values, std::int64_t count, float scale, std::int8_t* to);

class Int8Rows {
 public:
  Int8Rows() = default;
  explicit Int8Rows(const ConstMatrix& matrix);  // rounds each row
  // REQUIRES as many values as rows * width, and scales as rows.
  Int8Rows(std::int64_t width, std::vector<std::int8_t> values, std::vector<float> scales);

  std::int64_t rows() const { return static_cast<std::int64_t>(scales_.size()); }
  std::int64_t width() const { return width_; }
  const std::int8_t* row(std::int64_t index) const { return values_.data() + index * width_; }
  float scale(std::int64_t index) const { return scales_[static_cast<std::size_t>(index)]; }
  const std::vector<std::int8_t>& values() const { return values_; }
  const std::vector<float>& scales() const { return scales_; }
  // to [width] = the numbers of a row.
  void expand(std::int64_t index, float* to) const;

 private:
  std::int64_t width_ = 0;
  std::vector<std::int8_t> values_;  // [rows, width]
  std::vector<float> scales_;        // [rows]
};

// A vector rounded in the same way, in memory that only grows.
class Int8Vector {
 public:
  void round(const float* values, std::int64_t width);
  const std::int8_t* data() const { return values_.data(); }
  float scale() const { return scale_; }
  std::int32_t sum() const { return sum_; }  // of the integers

 private:
  std::vector<std::int8_t> values_;
  float scale_ = 0.0f;
  std::int32_t sum_ = 0;
};

// to[i] = vector times row rows[i] of the matrix, or row i where `rows` is null. REQUIRES a vector of its width, which
// is at most kMaxInt8Width.
void multiply_rows(const Int8Vector& vector, const Int8Rows& matrix, const std::int32_t* rows, std::int64_t count,
                   float* to);

}  // namespace p5
