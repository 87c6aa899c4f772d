#include "nn/matrix_product.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "base/rng.h"
#include "nn/bfloat16_kernel.h"
#include "nn/float_kernel.h"
#include "nn/tile_kernel.h"

namespace p5 {
namespace {

std::vector<float> random_floats(std::size_t count, std::uint64_t seed) {
  Rng rng(seed, "matrix product test");
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(rng.uniform() * 2.0 - 1.0);
  return values;
}

struct Shape {
  std::int64_t rows, columns, depth;
};

// The functions of a kernel, so that all kernels run the same tests, whichever the process has picked.
struct Kernel {
  std::function<void(const Operand&, float*)> pack_left, pack_right;
  std::function<std::size_t(std::int64_t, std::int64_t)> left_size, right_size;
  std::function<void(const float*, const PackedRight&, std::int64_t, const Matrix&, Sum)> multiply;
};

Kernel float_kernel(const floats::Kernel& kernel) {
  return {kernel.pack_left, kernel.pack_right, floats::packed_left_size, floats::packed_right_size, kernel.multiply};
}

Kernel tile_kernel(int parts) {
  const auto with = [parts](void (*pack)(const Operand&, int, float*)) {
    return [=](const Operand& matrix, float* to) { pack(matrix, parts, to); };
  };
  const auto size = [parts](std::int64_t extent, std::int64_t depth) {
    return tiles::packed_size(extent, {depth, parts});
  };
  return {with(tiles::pack_left), with(tiles::pack_right), size, size,
          [parts](const float* left, const PackedRight& right, std::int64_t depth, const Matrix& c, Sum sum) {
            tiles::open_session();
            tiles::multiply(left, right, {depth, parts}, c, sum);
            tiles::close_session();
          }};
}

// Packs as tiles do.
Kernel bfloat16_kernel() {
  Kernel kernel = tile_kernel(1);
  kernel.multiply = bfloat16::multiply;
  return kernel;
}

// Relative error in the Frobenius norm of a product against double precision, over all four ways to read the factors;
// the margins around C and between its rows must stay as they were.
double worst_error(const Kernel& kernel, const Shape& shape, Sum sum) {
  const auto [rows, columns, depth] = shape;
  constexpr std::int64_t kPad = 3;
  double worst = 0;
  for (int way = 0; way < 4; ++way) {
    const bool left_across = (way & 1) != 0, right_across = (way & 2) != 0;
    const std::int64_t a_stride = (left_across ? rows : depth) + kPad,
                       b_stride = (right_across ? depth : columns) + kPad;
    const auto a = random_floats(static_cast<std::size_t>((left_across ? depth : rows) * a_stride), 1);
    const auto b = random_floats(static_cast<std::size_t>((right_across ? columns : depth) * b_stride), 2);
    std::vector<float> c = random_floats(static_cast<std::size_t>(rows * (columns + kPad)), 3);
    const std::vector<float> before = c;
    AlignedFloats left, right;
    kernel.pack_left({{a.data(), left_across ? depth : rows, left_across ? rows : depth, a_stride}, left_across},
                     left.resize(kernel.left_size(rows, depth)));
    kernel.pack_right(
        {{b.data(), right_across ? columns : depth, right_across ? depth : columns, b_stride}, right_across},
        right.resize(kernel.right_size(columns, depth)));
    kernel.multiply(left.data(), {right.data(), depth}, depth, {c.data(), rows, columns, columns + kPad}, sum);
    double error = 0, norm = 0;
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns + kPad; ++j) {
        const auto at = static_cast<std::size_t>(i * (columns + kPad) + j);
        if (j >= columns) {
          EXPECT_EQ(c[at], before[at]) << "beside row " << i;
          continue;
        }
        double expected = sum == Sum::kAdd ? before[at] : 0.0;
        for (std::int64_t k = 0; k < depth; ++k) {
          expected +=
              static_cast<double>(a[static_cast<std::size_t>(left_across ? k * a_stride + i : i * a_stride + k)]) *
              b[static_cast<std::size_t>(right_across ? j * b_stride + k : k * b_stride + j)];
        }
        error += (c[at] - expected) * (c[at] - expected);
        norm += expected * expected;
      }
    }
    worst = std::max(worst, std::sqrt(error / norm));
  }
  return worst;
}

const Shape kShapes[] = {{1, 1, 1},   {16, 16, 32},  {12, 32, 7},  {17, 33, 65},   {96, 96, 64}, {5, 200, 128},
                         {64, 8, 96}, {31, 47, 300}, {40, 1, 513}, {13, 129, 260}, {2, 2, 2}};

TEST(FloatKernel, AgreesWithDoublePrecision) {
  for (const floats::Kernel& kernel : floats::kernels()) {
    if (!kernel.available()) continue;
    for (const Shape& shape : kShapes) {
      SCOPED_TRACE(testing::Message() << kernel.name << ", " << shape.rows << " x " << shape.columns << " x "
                                      << shape.depth);
      EXPECT_LT(worst_error(float_kernel(kernel), shape, Sum::kReplace), 1e-6);
      EXPECT_LT(worst_error(float_kernel(kernel), shape, Sum::kAdd), 1e-6);
    }
  }
}

TEST(FloatKernel, IsTheBestThatTheProcessMayUse) {
  EXPECT_TRUE(floats::kernel().available());
  EXPECT_LE(floats::kernel().needs, kernel_limit());
  for (const floats::Kernel& kernel : floats::kernels()) {
    if (kernel.name == floats::kernel().name) break;
    EXPECT_FALSE(kernel.available() && kernel.needs <= kernel_limit()) << kernel.name;
  }
  EXPECT_EQ(floats::kernels().back().needs, KernelLimit::kPortable);
}

TEST(TileKernel, AgreesWithDoublePrecision) {
  if (!tiles::available()) GTEST_SKIP() << "no tile unit here";
  constexpr double kBounds[] = {8e-3, 2e-5, 1e-6};  // of 1, 2 and 3 parts; a single product is the worst case
  for (int parts = 1; parts <= 3; ++parts) {
    for (const Shape& shape : kShapes) {
      SCOPED_TRACE(testing::Message() << shape.rows << " x " << shape.columns << " x " << shape.depth << ", " << parts);
      EXPECT_LT(worst_error(tile_kernel(parts), shape, Sum::kReplace), kBounds[parts - 1]);
      EXPECT_LT(worst_error(tile_kernel(parts), shape, Sum::kAdd), kBounds[parts - 1]);
    }
  }
}

// Parts of such numbers are subnormal, with bits that other parts lack.
TEST(TileKernel, TinyNumbersDisturbNoOthers) {
  if (!tiles::available()) GTEST_SKIP() << "no tile unit here";
  constexpr std::int64_t kSize = 32;
  std::vector<float> a(kSize * kSize), b(kSize * kSize, 1.0f), c(kSize * kSize);
  const std::vector<float> draws = random_floats(a.size(), 6);
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = i % kSize < kSize / 2 ? draws[i] : draws[i] * (i % 2 == 0 ? 1e-36f : 3e-39f);
  }
  const ConstMatrix left = {a.data(), kSize, kSize, kSize}, right = {b.data(), kSize, kSize, kSize};
  for (int parts = 1; parts <= 3; ++parts) {
    for (const bool across : {false, true}) {
      const Kernel kernel = tile_kernel(parts);
      AlignedFloats packed_left, packed_right;
      kernel.pack_left({left, across}, packed_left.resize(kernel.left_size(kSize, kSize)));
      kernel.pack_right({right, false}, packed_right.resize(kernel.right_size(kSize, kSize)));
      kernel.multiply(packed_left.data(), {packed_right.data(), kSize}, kSize, {c.data(), kSize, kSize, kSize},
                      Sum::kReplace);
      for (std::int64_t i = 0; i < kSize; ++i) {
        double expected = 0;
        for (std::int64_t k = 0; k < kSize; ++k)
          expected += a[static_cast<std::size_t>(across ? k * kSize + i : i * kSize + k)];
        EXPECT_NEAR(c[static_cast<std::size_t>(i * kSize)], expected, parts == 1 ? 0.1 : 1e-3) << parts << across;
      }
    }
  }
}

TEST(TileKernel, EachPartAddsEightBits) {
  if (!tiles::available()) GTEST_SKIP() << "no tile unit here";
  const Shape shape = {64, 64, 128};
  const double one = worst_error(tile_kernel(1), shape, Sum::kReplace);
  const double two = worst_error(tile_kernel(2), shape, Sum::kReplace);
  const double three = worst_error(tile_kernel(3), shape, Sum::kReplace);
  EXPECT_GT(one, 1e-3);
  EXPECT_LT(one, 4e-3);
  EXPECT_GT(two, 1e-6);
  EXPECT_LT(two, 1e-5);
  EXPECT_LT(three, 4e-7);
}

constexpr const char* kNoBfloat16 = "no bfloat16 instructions here";

TEST(Bfloat16Kernel, AgreesWithDoublePrecision) {
  if (!bfloat16::available()) GTEST_SKIP() << kNoBfloat16;
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(testing::Message() << shape.rows << " x " << shape.columns << " x " << shape.depth);
    EXPECT_LT(worst_error(bfloat16_kernel(), shape, Sum::kReplace), 8e-3);
    EXPECT_LT(worst_error(bfloat16_kernel(), shape, Sum::kAdd), 8e-3);
  }
}

// Whole numbers up to 256 are bfloat16, and sums of their products are exact in float32: only rounding may be an error.
TEST(Bfloat16Kernel, IsExactOfBfloat16Numbers) {
  if (!bfloat16::available()) GTEST_SKIP() << kNoBfloat16;
  const Kernel kernel = bfloat16_kernel();
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(testing::Message() << shape.rows << " x " << shape.columns << " x " << shape.depth);
    const auto whole = [](std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
      std::vector<float> values = random_floats(static_cast<std::size_t>(rows * columns), seed);
      for (float& value : values) value = std::round(value * 100);
      return values;
    };
    const std::vector<float> a = whole(shape.rows, shape.depth, 11), b = whole(shape.depth, shape.columns, 12);
    std::vector<float> exact(static_cast<std::size_t>(shape.rows * shape.columns)), fast = exact;
    for (const bool vectors : {false, true}) {
      const Kernel way = vectors ? kernel : float_kernel(floats::kernel());
      AlignedFloats left, right;
      way.pack_left({{a.data(), shape.rows, shape.depth, shape.depth}, false},
                    left.resize(way.left_size(shape.rows, shape.depth)));
      way.pack_right({{b.data(), shape.depth, shape.columns, shape.columns}, false},
                     right.resize(way.right_size(shape.columns, shape.depth)));
      way.multiply(left.data(), {right.data(), shape.depth}, shape.depth,
                   {(vectors ? fast : exact).data(), shape.rows, shape.columns, shape.columns}, Sum::kReplace);
    }
    EXPECT_EQ(fast, exact);
  }
}

// The sum of an element does not depend on what is computed beside it, so neither on how work is shared.
TEST(Bfloat16Kernel, RowsAloneAreRowsOfTheWhole) {
  if (!bfloat16::available()) GTEST_SKIP() << kNoBfloat16;
  const Kernel kernel = bfloat16_kernel();
  const Shape shape = {29, 70, 333};
  const auto a = random_floats(static_cast<std::size_t>(shape.rows * shape.depth), 13);
  const auto b = random_floats(static_cast<std::size_t>(shape.depth * shape.columns), 14);
  std::vector<float> whole(static_cast<std::size_t>(shape.rows * shape.columns)), alone = whole;
  AlignedFloats left, right;
  kernel.pack_right({{b.data(), shape.depth, shape.columns, shape.columns}, false},
                    right.resize(kernel.right_size(shape.columns, shape.depth)));
  const auto rows_from = [&](std::int64_t first, std::int64_t count, std::vector<float>& c) {
    kernel.pack_left({{a.data() + first * shape.depth, count, shape.depth, shape.depth}, false},
                     left.resize(kernel.left_size(count, shape.depth)));
    kernel.multiply(left.data(), {right.data(), shape.depth}, shape.depth,
                    {c.data() + first * shape.columns, count, shape.columns, shape.columns}, Sum::kReplace);
  };
  rows_from(0, shape.rows, whole);
  for (std::int64_t row = 0; row < shape.rows; ++row) rows_from(row, 1, alone);
  EXPECT_EQ(alone, whole);
}

// Three products of parts would be slower than one of float32: only kMedium is rounded.
TEST(MatrixProduct, VectorsRoundOnlyWhereMediumIsAskedFor) {
  if (matrix_kernel() != MatrixKernel::kBfloat16) GTEST_SKIP() << "another kernel is in use";
  const auto a = random_floats(40 * 40, 15), b = random_floats(40 * 40, 16);
  const auto product = [&](MatrixPrecision precision) {
    const MatrixPrecisionScope scope(precision);
    LeftFactor left;
    RightFactor right;
    left.pack({a.data(), 40, 40, 40});
    right.pack({b.data(), 40, 40, 40});
    std::vector<float> c(40 * 40);
    multiply(left, right, {c.data(), 40, 40, 40});
    return c;
  };
  EXPECT_EQ(product(MatrixPrecision::kHigh), product(MatrixPrecision::kHighest));
  EXPECT_NE(product(MatrixPrecision::kMedium), product(MatrixPrecision::kHighest));
}

TEST(MatrixProduct, ReusesPackedFactorsOfChangingSize) {
  LeftFactor left;
  RightFactor right;
  for (const Shape& shape : {Shape{50, 70, 90}, Shape{3, 4, 5}, Shape{33, 17, 2}}) {
    const auto a = random_floats(static_cast<std::size_t>(shape.rows * shape.depth), 4);
    const auto b = random_floats(static_cast<std::size_t>(shape.depth * shape.columns), 5);
    std::vector<float> c(static_cast<std::size_t>(shape.rows * shape.columns));
    left.pack({a.data(), shape.rows, shape.depth, shape.depth});
    right.pack({b.data(), shape.depth, shape.columns, shape.columns});
    multiply(left, right, {c.data(), shape.rows, shape.columns, shape.columns});
    for (std::int64_t i = 0; i < shape.rows; ++i) {
      for (std::int64_t j = 0; j < shape.columns; ++j) {
        double expected = 0;
        for (std::int64_t k = 0; k < shape.depth; ++k) {
          expected += static_cast<double>(a[static_cast<std::size_t>(i * shape.depth + k)]) *
                      b[static_cast<std::size_t>(k * shape.columns + j)];
        }
        EXPECT_NEAR(c[static_cast<std::size_t>(i * shape.columns + j)], expected, 1e-4);
      }
    }
  }
}

// Slices of columns and of rows, the last ones shorter, against the same product of whole factors.
TEST(MatrixProduct, SlicesAreFactorsOfTheirOwn) {
  constexpr std::int64_t kRows = 21, kDepth = 75, kColumns = 109, kUnit = RightFactor::kSliceUnit;
  const auto a = random_floats(kRows * kDepth, 7), b = random_floats(kDepth * kColumns, 8);
  LeftFactor left;
  RightFactor right;
  left.pack({a.data(), kRows, kDepth, kDepth});
  right.pack({b.data(), kDepth, kColumns, kColumns});
  std::vector<float> whole(kRows * kColumns), by_columns(whole.size(), 7.0f), by_rows(whole.size());
  multiply(left, right, {whole.data(), kRows, kColumns, kColumns});
  for (std::int64_t first = 0; first < kColumns; first += 2 * kUnit) {
    const std::int64_t count = std::min(2 * kUnit, kColumns - first);
    const RightSlice slice = right.columns(first, count);
    EXPECT_EQ(slice.columns(), count);
    EXPECT_EQ(slice.depth(), kDepth);
    multiply(left, slice, {by_columns.data() + first, kRows, count, kColumns});
  }
  LeftFactor part;
  for (std::int64_t first = 0; first < kDepth; first += kUnit) {
    const std::int64_t count = std::min(kUnit, kDepth - first);
    part.pack({a.data() + first, kRows, count, kDepth});
    multiply(part, right.rows(first, count), {by_rows.data(), kRows, kColumns, kColumns}, Sum::kAdd);
  }
  EXPECT_EQ(by_columns, whole);
  for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_NEAR(by_rows[i], whole[i], 1e-5) << i;
}

TEST(MatrixProduct, ADepthOfNothingIsZero) {
  LeftFactor left;
  RightFactor right;
  left.pack({nullptr, 2, 0, 0});
  right.pack({nullptr, 0, 3, 3});
  std::vector<float> c(6, 7.0f);
  multiply(left, right, {c.data(), 2, 3, 3}, Sum::kAdd);
  EXPECT_EQ(c, std::vector<float>(6, 7.0f));
  multiply(left, right, {c.data(), 2, 3, 3});
  EXPECT_EQ(c, std::vector<float>(6, 0.0f));
}

}  // namespace
}  // namespace p5
