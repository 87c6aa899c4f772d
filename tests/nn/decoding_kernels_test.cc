// The loops of step-by-step decoding, the gated feed-forward and relative positions, against their formulas.
#include "nn/decoding_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "base/rng.h"
#include "nn/gated_feed_forward_kernel.h"
#include "nn/relative_position.h"

namespace p5 {
namespace {

std::vector<float> random_floats(std::int64_t count, const char* stream, double scale = 1.0) {
  Rng rng(9, stream);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = static_cast<float>((rng.uniform() * 2.0 - 1.0) * scale);
  return values;
}

TEST(AttendToSteps, ReadsEachRowsOwnLine) {
  for (const std::int64_t width : {4, 16, 20, 64}) {
    for (const std::int64_t steps : {1, 3, 19}) {
      const std::int64_t rows = 5, heads = 3, inner = heads * width;
      Rng rng(11, "slots");
      std::vector<std::vector<float>> written;
      std::vector<const float*> key_value;
      for (std::int64_t step = 0; step < steps; ++step) {
        written.push_back(random_floats((step + 2) * 2 * inner, ("step " + std::to_string(step)).c_str()));
        key_value.push_back(written.back().data());
      }
      std::vector<std::int32_t> slots;
      for (std::int64_t i = 0; i < rows * steps; ++i) {
        slots.push_back(static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(i % steps) + 2)));
      }
      const std::vector<float> query = random_floats(rows * inner, "query"),
                               bias = random_floats(heads * steps, "bias");
      std::vector<float> scratch(static_cast<std::size_t>(steps)), mixed(static_cast<std::size_t>(rows * inner));
      attend_to_steps({rows, heads, width, steps, query.data(), key_value.data(), slots.data(), bias.data()},
                      scratch.data(), mixed.data());
      for (std::int64_t row = 0; row < rows; ++row) {
        for (std::int64_t head = 0; head < heads; ++head) {
          std::vector<double> weight;
          double sum = 0;
          const auto at = [&](std::int64_t step, std::int64_t part, std::int64_t i) {
            const std::int64_t slot = slots[static_cast<std::size_t>(row * steps + step)];
            return static_cast<double>(
                key_value[static_cast<std::size_t>(step)][(slot * 2 + part) * inner + head * width + i]);
          };
          for (std::int64_t step = 0; step < steps; ++step) {
            double score = bias[static_cast<std::size_t>(head * steps + step)];
            for (std::int64_t i = 0; i < width; ++i) {
              score += query[static_cast<std::size_t>(row * inner + head * width + i)] * at(step, 0, i);
            }
            weight.push_back(std::exp(score));
            sum += weight.back();
          }
          for (std::int64_t i = 0; i < width; ++i) {
            double wanted = 0;
            for (std::int64_t step = 0; step < steps; ++step)
              wanted += weight[static_cast<std::size_t>(step)] / sum * at(step, 1, i);
            ASSERT_NEAR(mixed[static_cast<std::size_t>(row * inner + head * width + i)], wanted, 1e-5);
          }
        }
      }
    }
  }
}

TEST(MultiplyRows, NamedRowsOrTheFirst) {
  for (const std::int64_t width : {1, 16, 40, 128}) {
    const std::vector<float> matrix = random_floats(50 * width, "matrix"), vector = random_floats(width, "vector");
    const std::vector<std::int32_t> rows = {49, 0, 7, 7, 31, 2, 3};
    std::vector<float> named(rows.size()), first(50);
    multiply_rows(vector.data(), {matrix.data(), width, rows.data(), 7}, named.data());
    multiply_rows(vector.data(), {matrix.data(), width, nullptr, 50}, first.data());
    for (std::size_t row = 0; row < 50; ++row) {
      const double wanted = std::inner_product(vector.begin(), vector.end(),
                                               matrix.begin() + static_cast<std::ptrdiff_t>(row * vector.size()), 0.0);
      EXPECT_NEAR(first[row], wanted, 1e-5);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(named[i], first[static_cast<std::size_t>(rows[i])]);
  }
}

TEST(LogSoftmaxRow, IsTheLogarithmOfProbabilities) {
  for (const std::int64_t count : {1, 5, 16, 47, 1000}) {
    std::vector<float> row = random_floats(count, "logits", 20.0);
    const std::vector<float> logits = row;
    ASSERT_TRUE(log_softmax_row(row.data(), count));
    double sum = 0;
    for (const float logit : logits) sum += std::exp(static_cast<double>(logit));
    for (std::size_t i = 0; i < row.size(); ++i) EXPECT_NEAR(row[i], logits[i] - std::log(sum), 2e-5);
  }
}

TEST(LogSoftmaxRow, TellsWhatIsNotANumber) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const auto sound = [](std::vector<float> row) {
    return log_softmax_row(row.data(), static_cast<std::int64_t>(row.size()));
  };
  EXPECT_TRUE(sound({1.0f, -kInfinity, 2.0f}));
  EXPECT_FALSE(sound({-kInfinity, -kInfinity}));
  EXPECT_FALSE(sound({1.0f, kInfinity}));
  for (const std::size_t count : {1U, 16U, 33U}) {
    for (std::size_t place = 0; place < count; ++place) {
      std::vector<float> row(count, 1.0f);
      row[place] = std::numeric_limits<float>::quiet_NaN();
      EXPECT_FALSE(sound(row)) << count << " " << place;
    }
  }
}

TEST(TopValues, LargestFirstAndEqualOnesByPlace) {
  for (const std::int64_t count : {1, 7, 16, 100, 777}) {
    for (const std::int64_t k : {1, 5, 21, 777}) {
      std::vector<float> values = random_floats(count, "values");
      for (float& value : values) value = std::round(value * 20.0f);  // many ties
      if (count > 3) values[3] = -std::numeric_limits<float>::infinity();
      std::vector<std::int32_t> order(values.size());
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
        return values[static_cast<std::size_t>(a)] > values[static_cast<std::size_t>(b)];
      });
      std::vector<TopValue> top(static_cast<std::size_t>(k));
      ASSERT_EQ(top_values(values.data(), count, k, top.data()), std::min(count, k));
      for (std::size_t i = 0; i < static_cast<std::size_t>(std::min(count, k)); ++i) {
        EXPECT_EQ(top[i].place, order[i]);
        EXPECT_EQ(top[i].value, values[static_cast<std::size_t>(order[i])]);
      }
    }
  }
}

TEST(GatedFeedForwardKernel, IsItsFormula) {
  const std::int64_t d_model = 40, d_ff = 300, rows = 21;
  const std::vector<float> norm = random_floats(d_model, "norm"), gate = random_floats(d_ff * d_model, "gate"),
                           input = random_floats(d_ff * d_model, "input"),
                           output = random_floats(d_model * d_ff, "output", 0.1);
  std::vector<float> states = random_floats(rows * d_model, "states", 3.0);
  const std::vector<float> before = states;
  const GatedFeedForwardKernel kernel({d_model, d_ff, norm.data(), gate.data(), input.data(), output.data(), 1e-6f});
  GatedFeedForwardKernel::Workspace space;
  kernel.forward(rows, states.data(), states.data(), space);
  for (std::int64_t row = 0; row < rows; ++row) {
    const float* x = before.data() + row * d_model;
    double squares = 0;
    for (std::int64_t i = 0; i < d_model; ++i) squares += static_cast<double>(x[i]) * x[i];
    const double inverse = 1.0 / std::sqrt(squares / static_cast<double>(d_model) + 1e-6);
    std::vector<double> wanted(x, x + d_model);
    for (std::int64_t unit = 0; unit < d_ff; ++unit) {
      double a = 0, b = 0;
      for (std::int64_t i = 0; i < d_model; ++i) {
        const double normed = x[i] * inverse * norm[static_cast<std::size_t>(i)];
        a += normed * gate[static_cast<std::size_t>(unit * d_model + i)];
        b += normed * input[static_cast<std::size_t>(unit * d_model + i)];
      }
      const double gelu = 0.5 * a * (1.0 + std::tanh(std::sqrt(2.0 / M_PI) * (a + 0.044715 * a * a * a)));
      for (std::int64_t i = 0; i < d_model; ++i) {
        wanted[static_cast<std::size_t>(i)] += gelu * b * output[static_cast<std::size_t>(i * d_ff + unit)];
      }
    }
    for (std::int64_t i = 0; i < d_model; ++i) {
      ASSERT_NEAR(states[static_cast<std::size_t>(row * d_model + i)], wanted[static_cast<std::size_t>(i)], 2e-4);
    }
  }
}

TEST(PositionBias, IsTheTablesRowOfTheDistancesBucket) {
  using Direction = RelativePositionOptions::Direction;
  for (const Direction direction : {Direction::kBidirectional, Direction::kCausal}) {
    const RelativePositionOptions options{.buckets = 8, .max_distance = 20, .heads = 3, .direction = direction};
    const std::vector<float> table = random_floats(8 * 3, "table");
    const std::int64_t queries = 30, keys = 30;
    std::vector<float> bias(static_cast<std::size_t>(3 * queries * keys)), last(static_cast<std::size_t>(3 * keys));
    fill_position_bias(table.data(), options, queries, keys, bias.data());
    fill_last_position_bias(table.data(), options, keys, last.data());
    for (std::int64_t head = 0; head < 3; ++head) {
      for (std::int64_t query = 0; query < queries; ++query) {
        for (std::int64_t key = 0; key < keys; ++key) {
          const bool future = direction == Direction::kCausal && key > query;
          const float wanted =
              future ? kHiddenScore
                     : table[static_cast<std::size_t>(relative_position_bucket(key - query, options) * 3 + head)];
          ASSERT_EQ(bias[static_cast<std::size_t>((head * queries + query) * keys + key)], wanted);
          if (query == queries - 1) {
            ASSERT_EQ(last[static_cast<std::size_t>(head * keys + key)], wanted);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace p5
