#include "nn/int8_kernel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <vector>

#include "base/rng.h"
#include "nn/int8_rows.h"

namespace p5 {
namespace {

std::vector<float> random_floats(std::int64_t count, std::uint64_t seed) {
  Rng rng(seed, "int8 kernel test");
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = static_cast<float>(rng.uniform() * 2.0 - 1.0);
  return values;
}

template <class Value>
std::vector<Value> random_bytes(std::int64_t count, std::int32_t first, std::uint64_t seed) {
  Rng rng(seed, "int8 kernel test");
  std::vector<Value> values(static_cast<std::size_t>(count));
  for (Value& value : values) value = static_cast<Value>(first + static_cast<std::int32_t>(rng.below(255)));
  return values;
}

TEST(Int8Rows, RoundsToTheNearestOf255Steps) {
  const std::vector<float> values = {-2.0f, 1.0f, 0.5f, 0.0f, 2.0f / 127 * 0.6f, 1e-9f};
  const Int8Rows rows({values.data(), 1, 6, 6});
  EXPECT_NEAR(rows.scale(0), 2.0f / 127, 1e-6f);
  const std::vector<std::int8_t> expected = {-127, 63, 32, 0, 1, 0};
  // 63.5 and 31.75 before they are rounded; the scale is rounded up.
  EXPECT_EQ(rows.values(), expected);
}

TEST(Int8Rows, NeverChangesWhatWasRoundedOnce) {
  constexpr std::int64_t kRows = 200, kWidth = 67;
  std::vector<float> values = random_floats(kRows * kWidth, 1);
  for (std::int64_t i = 0; i < kRows * kWidth; ++i) {
    values[static_cast<std::size_t>(i)] *= std::pow(10.0f, static_cast<float>(i / kWidth % 20 - 12));
  }
  const Int8Rows once({values.data(), kRows, kWidth, kWidth});
  std::vector<float> expanded(values.size());
  for (std::int64_t row = 0; row < kRows; ++row) {
    once.expand(row, expanded.data() + row * kWidth);
    for (std::int64_t i = 0; i < kWidth; ++i) {
      const auto at = static_cast<std::size_t>(row * kWidth + i);
      ASSERT_LE(std::abs(expanded[at] - values[at]), once.scale(row) * 0.5001f) << row << ", " << i;
    }
  }
  const Int8Rows twice({expanded.data(), kRows, kWidth, kWidth});
  EXPECT_EQ(once.values(), twice.values());
  EXPECT_EQ(once.scales(), twice.scales());
}

TEST(Int8Rows, ShowsNumbersThatAreNotFinite) {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  for (const float strange : {infinity, -infinity, nan}) {
    for (const std::size_t place : {std::size_t{0}, std::size_t{17}, std::size_t{39}}) {
      std::vector<float> values = random_floats(40, 2);
      values[place] = strange;
      EXPECT_TRUE(std::isnan(int8_scale(values.data(), 40))) << strange << " at " << place;
    }
  }
  const std::vector<float> zeros(40), tiny(40, 1e-38f);
  EXPECT_EQ(int8_scale(zeros.data(), 40), 0.0f);
  EXPECT_EQ(int8_scale(tiny.data(), 40), 0.0f);
}

// Sums of every kernel that this processor has, against sums in 64 bits; the extremes are in them.
TEST(Int8Kernel, AllSumTheSameIntegers) {
  for (const std::int64_t depth : {1, 4, 7, 64, 65, 200, 320}) {
    const std::int64_t padded = (depth + 63) / 64 * 64;
    std::vector<std::int8_t> left(static_cast<std::size_t>(padded * int8::kRows));
    const auto values = random_bytes<std::int8_t>(depth * int8::kRows, -127, 3);
    for (std::int64_t row = 0; row < int8::kRows; ++row) {
      for (std::int64_t k = 0; k < depth; ++k) {
        left[static_cast<std::size_t>(k / 64 * 64 * int8::kRows + row * 64 + k % 64)] =
            row == 0 ? std::int8_t{127} : values[static_cast<std::size_t>(row * depth + k)];
      }
    }
    auto right = random_bytes<std::uint8_t>(padded * int8::kColumns, 1, 4);
    for (std::int64_t k = 0; k < padded; ++k) right[static_cast<std::size_t>(k / 4 * 128 + k % 4)] = 255;
    for (const int8::Kernel& kernel : int8::kernels()) {
      if (!kernel.available()) continue;
      for (const std::int64_t rows : {1, 3, 8, 13, 16}) {
        alignas(64) std::int32_t sums[int8::kRows * int8::kColumns];
        const MatrixSession session;
        kernel.multiply(left.data(), right.data(), depth, rows, sums);
        for (std::int64_t row = 0; row < rows; ++row) {
          for (std::int64_t column = 0; column < int8::kColumns; ++column) {
            std::int64_t expected = 0;
            for (std::int64_t k = 0; k < depth; ++k) {
              expected += std::int64_t{left[static_cast<std::size_t>(k / 64 * 64 * int8::kRows + row * 64 + k % 64)]} *
                          right[static_cast<std::size_t>(k / 4 * 128 + column * 4 + k % 4)];
            }
            ASSERT_EQ(sums[row * int8::kColumns + column], expected)
                << kernel.name << ", depth " << depth << ", " << row << ", " << column;
          }
        }
      }
    }
  }
}

TEST(Int8Kernel, AllHaveTheSameProductOfTwoRows) {
  for (const std::int64_t count : {1, 15, 64, 100, 257}) {
    const auto a = random_bytes<std::int8_t>(count, -127, 5), b = random_bytes<std::int8_t>(count, -127, 6);
    std::int64_t expected = 0;
    for (std::size_t i = 0; i < a.size(); ++i) expected += a[i] * (b[i] + 128);
    for (const int8::Kernel& kernel : int8::kernels()) {
      if (kernel.available()) EXPECT_EQ(kernel.dot(a.data(), b.data(), count), expected) << kernel.name;
    }
  }
}

TEST(Int8Kernel, ThePlainOneIsAlwaysThere) {
  EXPECT_EQ(int8::kernels().back().name, "plain");
  EXPECT_TRUE(int8::kernels().back().available());
  EXPECT_TRUE(int8::kernel().available());
  EXPECT_LE(int8::kernel().needs, kernel_limit());
}

// The product of the numbers that the factors were rounded to, in double precision.
std::vector<double> product_of_rounded(const std::vector<float>& a, const std::vector<float>& weight, std::int64_t rows,
                                       std::int64_t columns, std::int64_t depth) {
  const Int8Rows left({a.data(), rows, depth, depth}), right({weight.data(), columns, depth, depth});
  std::vector<double> product(static_cast<std::size_t>(rows * columns));
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      double sum = 0;
      for (std::int64_t k = 0; k < depth; ++k) sum += left.row(i)[k] * right.row(j)[k];
      product[static_cast<std::size_t>(i * columns + j)] = sum * left.scale(i) * right.scale(j);
    }
  }
  return product;
}

struct Shape {
  std::int64_t rows, columns, depth;
};

TEST(Int8Product, IsThatOfTheRoundedNumbers) {
  const MatrixPrecisionScope precision(MatrixPrecision::kInt8);
  for (const auto& [rows, columns, depth] :
       {Shape{1, 1, 1}, Shape{20, 256, 256}, Shape{17, 33, 65}, Shape{5, 200, 130}, Shape{40, 31, 512}}) {
    constexpr std::int64_t kPad = 3;
    const auto a = random_floats(rows * depth, 7), weight = random_floats(columns * depth, 8);
    const std::vector<double> expected = product_of_rounded(a, weight, rows, columns, depth);
    LeftFactor left;
    RightFactor right;
    left.pack({a.data(), rows, depth, depth});
    right.pack_transposed({weight.data(), columns, depth, depth});
    for (const Sum sum : {Sum::kReplace, Sum::kAdd}) {
      std::vector<float> c = random_floats(rows * (columns + kPad), 9);
      const std::vector<float> before = c;
      multiply(left, right, {c.data(), rows, columns, columns + kPad}, sum);
      for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t j = 0; j < columns + kPad; ++j) {
          const auto at = static_cast<std::size_t>(i * (columns + kPad) + j);
          if (j >= columns) {
            ASSERT_EQ(c[at], before[at]) << "beside row " << i;
            continue;
          }
          const double old = sum == Sum::kAdd ? before[at] : 0.0;
          ASSERT_NEAR(c[at], expected[static_cast<std::size_t>(i * columns + j)] + old, 1e-4)
              << rows << " x " << columns << " x " << depth << " at " << i << ", " << j;
        }
      }
    }
  }
}

TEST(Int8Product, IsNearTheExactOne) {
  constexpr std::int64_t kRows = 24, kColumns = 96, kDepth = 256;
  const auto a = random_floats(kRows * kDepth, 10), weight = random_floats(kColumns * kDepth, 11);
  std::vector<float> exact(kRows * kColumns), rounded(kRows * kColumns);
  for (const bool integers : {false, true}) {
    const MatrixPrecisionScope precision(integers ? MatrixPrecision::kInt8 : MatrixPrecision::kHighest);
    LeftFactor left;
    RightFactor right;
    left.pack({a.data(), kRows, kDepth, kDepth});
    right.pack_transposed({weight.data(), kColumns, kDepth, kDepth});
    multiply(left, right, {(integers ? rounded : exact).data(), kRows, kColumns, kColumns});
  }
  double error = 0, norm = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    error += (rounded[i] - exact[i]) * (rounded[i] - exact[i]);
    norm += exact[i] * exact[i];
  }
  EXPECT_LT(std::sqrt(error / norm), 1e-2);
  EXPECT_GT(std::sqrt(error / norm), 1e-4);
}

// A slice has the scales of the whole: the sum over slices of depth is the product of the rounded weight.
TEST(Int8Product, SlicesReadTheWholeFactor) {
  const MatrixPrecisionScope precision(MatrixPrecision::kInt8);
  constexpr std::int64_t kRows = 18, kColumns = 80, kDepth = 96;
  const auto weight = random_floats(kColumns * kDepth, 12);
  std::vector<float> a = random_floats(kRows * kDepth, 13);
  RightFactor right;
  right.pack_transposed({weight.data(), kColumns, kDepth, kDepth});
  const Int8Rows rounded({weight.data(), kColumns, kDepth, kDepth});
  for (const std::int64_t first : {0, 32, 64}) {
    LeftFactor left;
    left.pack({a.data() + first, kRows, 32, kDepth});
    std::vector<float> all(kRows * kColumns);
    multiply(left, right.rows(first, 32), {all.data(), kRows, kColumns, kColumns});
    for (std::int64_t i = 0; i < kRows; ++i) {
      std::vector<float> part(a.begin() + i * kDepth + first, a.begin() + i * kDepth + first + 32);
      const Int8Rows row({part.data(), 1, 32, 32});
      for (std::int64_t j = 0; j < kColumns; ++j) {
        double expected = 0;
        for (std::int64_t k = 0; k < 32; ++k) expected += row.row(0)[k] * rounded.row(j)[first + k];
        expected *= static_cast<double>(row.scale(0)) * rounded.scale(j);
        ASSERT_NEAR(all[static_cast<std::size_t>(i * kColumns + j)], expected, 1e-5) << first << ": " << i << ", " << j;
      }
    }
  }
  LeftFactor left;
  left.pack({a.data(), kRows, kDepth, kDepth});
  std::vector<float> whole(kRows * kColumns), some(kRows * 48);
  multiply(left, right, {whole.data(), kRows, kColumns, kColumns});
  multiply(left, right.columns(32, 48), {some.data(), kRows, 48, 48});
  for (std::int64_t i = 0; i < kRows; ++i) {
    for (std::int64_t j = 0; j < 48; ++j) {
      ASSERT_EQ(some[static_cast<std::size_t>(i * 48 + j)], whole[static_cast<std::size_t>(i * kColumns + 32 + j)]);
    }
  }
}

TEST(Int8Product, OfChosenRowsOfATable) {
  const MatrixPrecisionScope precision(MatrixPrecision::kInt8);
  constexpr std::int64_t kRows = 9, kTable = 100, kDepth = 70;
  const auto a = random_floats(kRows * kDepth, 14), table = random_floats(kTable * kDepth, 15);
  const Int8Rows rounded({table.data(), kTable, kDepth, kDepth});
  std::vector<std::int32_t> numbers;
  for (std::int32_t i = 1; i < 100; i += 2) numbers.push_back(99 - i);
  LeftFactor left;
  RightFactor all, some;
  left.pack({a.data(), kRows, kDepth, kDepth});
  all.pack_transposed({table.data(), kTable, kDepth, kDepth});
  some.pack_transposed(rounded, numbers);
  const auto count = static_cast<std::int64_t>(numbers.size());
  std::vector<float> of_all(kRows * kTable), of_some(static_cast<std::size_t>(kRows * count)), by_rows(numbers.size());
  multiply(left, all, {of_all.data(), kRows, kTable, kTable});
  multiply(left, some, {of_some.data(), kRows, count, count});
  Int8Vector vector;
  for (std::int64_t i = 0; i < kRows; ++i) {
    vector.round(a.data() + i * kDepth, kDepth);
    multiply_rows(vector, rounded, numbers.data(), count, by_rows.data());
    for (std::int64_t j = 0; j < count; ++j) {
      const float expected = of_all[static_cast<std::size_t>(i * kTable + numbers[static_cast<std::size_t>(j)])];
      ASSERT_EQ(of_some[static_cast<std::size_t>(i * count + j)], expected);
      ASSERT_FLOAT_EQ(by_rows[static_cast<std::size_t>(j)], expected);
    }
  }
}

TEST(Int8Product, OfARowThatIsNotFiniteIsNotANumber) {
  const MatrixPrecisionScope precision(MatrixPrecision::kInt8);
  std::vector<float> a = random_floats(2 * 64, 16);
  a[70] = std::numeric_limits<float>::infinity();
  const auto weight = random_floats(32 * 64, 17);
  LeftFactor left;
  RightFactor right;
  left.pack({a.data(), 2, 64, 64});
  right.pack_transposed({weight.data(), 32, 64, 64});
  std::vector<float> c(2 * 32);
  multiply(left, right, {c.data(), 2, 32, 32});
  for (std::size_t j = 0; j < 32; ++j) {
    EXPECT_TRUE(std::isfinite(c[j]));
    EXPECT_TRUE(std::isnan(c[32 + j]));
  }
}

TEST(ActivationPrecisionScope, IsFloat32OnlyWhereWeightsAreIntegers) {
  for (const MatrixPrecision precision :
       {MatrixPrecision::kHighest, MatrixPrecision::kHigh, MatrixPrecision::kMedium}) {
    const MatrixPrecisionScope outer(precision);
    const ActivationPrecisionScope inner;
    EXPECT_EQ(matrix_precision(), precision);
  }
  const MatrixPrecisionScope outer(MatrixPrecision::kInt8);
  {
    const ActivationPrecisionScope inner;
    EXPECT_EQ(matrix_precision(), MatrixPrecision::kHighest);
  }
  EXPECT_EQ(matrix_precision(), MatrixPrecision::kInt8);
}

}  // namespace
}  // namespace p5
