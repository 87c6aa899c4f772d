#include "nn/matrix_product.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/rng.h"
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

// What a kernel offers, so that both run the same tests whatever the process has picked.
struct Kernel {
  const char* name;
  void (*pack[4])(const ConstMatrix&, float*);  // left, left transposed, right, right transposed
  std::size_t (*left_size)(std::int64_t, std::int64_t);
  std::size_t (*right_size)(std::int64_t, std::int64_t);
  void (*multiply)(const float*, const float*, std::int64_t, const Matrix&, Sum);
  bool tiles;
};

const Kernel kFloats = {
    "float",
    {floats::pack_left, floats::pack_left_transposed, floats::pack_right, floats::pack_right_transposed},
    floats::packed_left_size,
    floats::packed_right_size,
    floats::multiply,
    false};
const Kernel kTiles = {"tiles",
                       {tiles::pack_left, tiles::pack_left_transposed, tiles::pack_right, tiles::pack_right_transposed},
                       tiles::packed_size,
                       tiles::packed_size,
                       tiles::multiply,
                       true};

// Relative error in the Frobenius norm of a product against double precision, over all four ways to pack; the margins
// around C and between its rows must stay as they were.
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
    kernel.pack[left_across ? 1 : 0]({a.data(), left_across ? depth : rows, left_across ? rows : depth, a_stride},
                                     left.resize(kernel.left_size(rows, depth)));
    kernel.pack[right_across ? 3 : 2](
        {b.data(), right_across ? columns : depth, right_across ? depth : columns, b_stride},
        right.resize(kernel.right_size(columns, depth)));
    if (kernel.tiles) tiles::open_session();
    kernel.multiply(left.data(), right.data(), depth, {c.data(), rows, columns, columns + kPad}, sum);
    if (kernel.tiles) tiles::close_session();
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
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(testing::Message() << shape.rows << " x " << shape.columns << " x " << shape.depth);
    EXPECT_LT(worst_error(kFloats, shape, Sum::kReplace), 1e-6);
    EXPECT_LT(worst_error(kFloats, shape, Sum::kAdd), 1e-6);
  }
}

TEST(TileKernel, AgreesWithDoublePrecision) {
  if (!tiles::available()) GTEST_SKIP() << "no tile unit here";
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(testing::Message() << shape.rows << " x " << shape.columns << " x " << shape.depth);
    EXPECT_LT(worst_error(kTiles, shape, Sum::kReplace), 1e-5);
    EXPECT_LT(worst_error(kTiles, shape, Sum::kAdd), 1e-5);
  }
}

TEST(TileKernel, ASingleRoundingWouldNotDo) {
  if (!tiles::available()) GTEST_SKIP() << "no tile unit here";
  // 1 + 2^-12 is lost by one bfloat16 number and kept by two.
  const float value = 1.0f + 0x1p-12f, one = 1.0f;
  AlignedFloats left, right;
  tiles::pack_left({&value, 1, 1, 1}, left.resize(tiles::packed_size(1, 1)));
  tiles::pack_right({&one, 1, 1, 1}, right.resize(tiles::packed_size(1, 1)));
  float product = 0;
  tiles::open_session();
  tiles::multiply(left.data(), right.data(), 1, {&product, 1, 1, 1}, Sum::kReplace);
  tiles::close_session();
  EXPECT_EQ(product, value);
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
