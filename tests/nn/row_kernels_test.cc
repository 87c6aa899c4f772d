#include "nn/row_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/rng.h"

namespace p5 {
namespace {

// Lengths around the sixteen lanes and the thirty-two elements that share hashes.
const std::int64_t kLengths[] = {1, 2, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 100};

std::vector<float> random_floats(std::int64_t count, double scale = 1.0) {
  Rng rng(7, "row kernels test");
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = static_cast<float>((rng.uniform() * 2.0 - 1.0) * scale);
  return values;
}

TEST(Drop, KeepsItsShareAndScalesIt) {
  const std::vector<float> ones(100000, 1.0f);
  std::vector<float> to(ones.size());
  const DropoutKey key = DropoutKey::of(0.1, 3, 4);
  drop(ones.data(), to.data(), static_cast<std::int64_t>(to.size()), key);
  double sum = 0;
  std::size_t kept = 0;
  for (const float value : to) {
    EXPECT_TRUE(value == 0.0f || value == key.scale);
    kept += value != 0.0f;
    sum += value;
  }
  EXPECT_NEAR(static_cast<double>(kept) / 1e5, 0.9, 0.005);
  EXPECT_NEAR(sum / 1e5, 1.0, 0.006);
}

TEST(Drop, NeighborsAndKeysAreIndependent) {
  const std::vector<float> ones(200000, 1.0f);
  std::vector<float> first(ones.size()), second(ones.size());
  const auto count = static_cast<std::int64_t>(ones.size());
  drop(ones.data(), first.data(), count, DropoutKey::of(0.5, 1, 0));
  drop(ones.data(), second.data(), count, DropoutKey::of(0.5, 1, 1));
  for (const std::size_t lag : {1U, 2U, 16U, 32U, 33U}) {
    std::size_t together = 0;
    for (std::size_t i = lag; i < first.size(); ++i) together += first[i] != 0.0f && first[i - lag] != 0.0f;
    EXPECT_NEAR(static_cast<double>(together) / static_cast<double>(first.size() - lag), 0.25, 0.005) << lag;
  }
  std::size_t together = 0;
  for (std::size_t i = 0; i < first.size(); ++i) together += first[i] != 0.0f && second[i] != 0.0f;
  EXPECT_NEAR(static_cast<double>(together) / static_cast<double>(first.size()), 0.25, 0.005);
}

TEST(Drop, EveryUseOfAKeyMeetsTheSameMask) {
  const DropoutKey key = DropoutKey::of(0.4, 5, 6);
  for (const std::int64_t count : kLengths) {
    const std::vector<float> from = random_floats(count), base(from.size(), 2.0f);
    std::vector<float> dropped(from.size()), added(from.size()), positive = from, slope(from.size(), 1.0f);
    drop(from.data(), dropped.data(), count, key);
    add_dropped(base.data(), from.data(), added.data(), count, key);
    std::vector<std::uint32_t> open(static_cast<std::size_t>(mask_words(count)));
    relu_drop(positive.data(), count, key, open.data());
    pass_open(slope.data(), count, key.scale, open.data());
    std::vector<float> again = from, silent = from;
    pass_open(again.data(), count, key.scale, open.data());
    EXPECT_EQ(again, positive) << count;
    relu_drop(silent.data(), count, key, nullptr);
    EXPECT_EQ(silent, positive) << count;
    std::vector<float> passed = from, marked(from.size());
    drop(from.data(), marked.data(), count, key, open.data());
    EXPECT_EQ(marked, dropped) << count;
    pass_open(passed.data(), count, key.scale, open.data());
    EXPECT_EQ(passed, dropped) << count;
    for (std::size_t i = 0; i < from.size(); ++i) {
      EXPECT_TRUE(dropped[i] == 0.0f || dropped[i] == from[i] * key.scale);
      EXPECT_FLOAT_EQ(added[i], 2.0f + dropped[i]) << count << " " << i;
      EXPECT_FLOAT_EQ(positive[i], std::max(dropped[i], 0.0f)) << count << " " << i;
      EXPECT_FLOAT_EQ(slope[i], positive[i] > 0.0f ? key.scale : 0.0f) << count << " " << i;
    }
  }
}

TEST(Drop, WithoutDropoutNothingChanges) {
  const DropoutKey key = DropoutKey::of(0.0, 5, 6);
  EXPECT_FALSE(key.active());
  const std::vector<float> from = random_floats(50), base = random_floats(50, 3.0);
  std::vector<float> to(50);
  add_dropped(base.data(), from.data(), to.data(), 50, key);
  for (std::size_t i = 0; i < 50; ++i) EXPECT_EQ(to[i], base[i] + from[i]);
}

TEST(SoftmaxRow, IsTheFormula) {
  for (const std::int64_t count : kLengths) {
    std::vector<float> row = random_floats(count, 20.0);
    const std::vector<float> before = row, bias = random_floats(count, 3.0);
    std::vector<float> hidden(row.size(), 0.0f);
    if (count > 1) hidden.back() = -1e9f;
    double total = 0;
    for (std::size_t i = 0; i < row.size(); ++i)
      total += hidden[i] < 0 ? 0.0 : std::exp(static_cast<double>(before[i]) + bias[i]);
    softmax_row(row.data(), bias.data(), hidden.data(), count);
    for (std::size_t i = 0; i < row.size(); ++i) {
      const double expected = hidden[i] < 0 ? 0.0 : std::exp(static_cast<double>(before[i]) + bias[i]) / total;
      EXPECT_NEAR(row[i], expected, 3e-6) << count << " " << i;
    }
  }
}

TEST(LogSum, InPiecesIsTheWhole) {
  const std::vector<float> logits = random_floats(1000, 40.0);
  LogSum state = {-std::numeric_limits<float>::infinity(), 0.0f};
  std::size_t at = 0;
  for (const std::size_t piece : {1U, 16U, 33U, 450U, 500U}) {
    take_in(state, logits.data() + at, static_cast<std::int64_t>(piece));
    at += piece;
  }
  ASSERT_EQ(at, logits.size());
  double total = 0;
  for (const float value : logits) total += std::exp(static_cast<double>(value));
  EXPECT_NEAR(state.maximum + std::log(state.sum), std::log(total), 1e-5);
}

TEST(Exponentials, AreAccurateOverTheWholeRange) {
  for (float x = -86.0f; x < 86.0f; x += 0.37f) {
    float value = x;
    exponentials(&value, 1, 0.0f, 1.0f);
    EXPECT_NEAR(value / std::exp(static_cast<double>(x)), 1.0, 3e-7) << x;
  }
  float nothing = -1e9f;
  exponentials(&nothing, 1, 0.0f, 1.0f);
  EXPECT_EQ(nothing, 0.0f);
}

TEST(AddTransposed, AddsToWhatStandsThere) {
  const std::int64_t rows = 19, columns = 37;
  const std::vector<float> from = random_floats(rows * (columns + 1));
  std::vector<float> to(static_cast<std::size_t>(columns * (rows + 2)), 3.0f);
  add_transposed({from.data(), rows, columns, columns + 1}, {to.data(), columns, rows, rows + 2});
  for (std::int64_t j = 0; j < columns; ++j) {
    for (std::int64_t i = 0; i < rows + 2; ++i) {
      const float expected = i < rows ? 3.0f + from[static_cast<std::size_t>(i * (columns + 1) + j)] : 3.0f;
      EXPECT_EQ(to[static_cast<std::size_t>(j * (rows + 2) + i)], expected);
    }
  }
}

TEST(NormRows, IsTheFormulaAndItsSlope) {
  for (const std::int64_t width : kLengths) {
    const std::vector<float> from = random_floats(2 * width), weight = random_floats(width, 2.0),
                             slope = random_floats(2 * width, 1.5);
    const NormRows norm = {weight.data(), width, 1e-6f};
    std::vector<float> to(from.size()), inverse(2), change(from.size(), 0.0f), weight_change(weight.size(), 0.0f);
    norm_rows(norm, from.data(), 2, to.data(), inverse.data());
    norm_rows_backward(norm, from.data(), inverse.data(), slope.data(), change.data(), 2, change.data(),
                       weight_change.data());
    const auto loss = [&](const std::vector<double>& x) {
      double sum = 0;
      for (std::size_t row = 0; row < 2; ++row) {
        double squares = 0;
        for (std::size_t i = 0; i < weight.size(); ++i)
          squares += x[row * weight.size() + i] * x[row * weight.size() + i];
        const double scale = 1.0 / std::sqrt(squares / static_cast<double>(width) + 1e-6);
        for (std::size_t i = 0; i < weight.size(); ++i)
          sum += x[row * weight.size() + i] * scale * weight[i] * slope[row * weight.size() + i];
      }
      return sum;
    };
    std::vector<double> x(from.begin(), from.end());
    for (std::size_t i = 0; i < x.size(); i += 7) {
      const double here = x[i];
      x[i] = here + 1e-5;
      const double ahead = loss(x);
      x[i] = here - 1e-5;
      const double behind = loss(x);
      x[i] = here;
      EXPECT_NEAR(change[i], (ahead - behind) / 2e-5, 2e-4 * (1.0 + std::abs(change[i]))) << width << " " << i;
    }
    for (std::size_t i = 0; i < weight.size(); ++i) {
      const double expected = static_cast<double>(slope[i]) * from[i] * inverse[0] +
                              static_cast<double>(slope[i + weight.size()]) * from[i + weight.size()] * inverse[1];
      EXPECT_NEAR(weight_change[i], expected, 1e-4 * (1.0 + std::abs(expected)));
      EXPECT_FLOAT_EQ(to[i], from[i] * inverse[0] * weight[i]);
    }
  }
}

}  // namespace
}  // namespace p5
