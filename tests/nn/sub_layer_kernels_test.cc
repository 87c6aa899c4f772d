// The sub-layer kernels without libtorch, so that sanitizers see them: slopes against difference quotients on odd
// shapes. Their values are compared with the formulas in fused_layers_torch_test.cc.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "nn/attention_kernel.h"
#include "nn/feed_forward_kernel.h"
#include "nn/softmax_loss_kernel.h"

namespace p5 {
namespace {

using Floats = std::vector<float>;

Floats random_floats(std::int64_t count, double scale, const std::string& stream) {
  Rng rng(11, stream);
  Floats values(static_cast<std::size_t>(count));
  for (float& value : values) value = static_cast<float>(rng.normal() * scale);
  return values;
}

double dot(const Floats& a, const Floats& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

// The change of the loss in a random direction of `input`, compared with its gradient.
void expect_slope(Floats& input, const Floats& gradient, const std::function<double()>& loss, const char* what) {
  const Floats way = random_floats(static_cast<std::int64_t>(input.size()), 2e-3, what);
  const Floats here = input;
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = here[i] + way[i];
  const double ahead = loss();
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = here[i] - way[i];
  const double behind = loss();
  input = here;
  const double expected = dot(gradient, way);
  EXPECT_NEAR((ahead - behind) / 2, expected, 0.03 * std::abs(expected) + 3e-3) << what;
}

TEST(FeedForwardKernel, SlopesAreDifferenceQuotients) {
  constexpr std::int64_t kRows = 21, kModel = 19, kHidden = 300;  // two slabs, the second short
  Floats norm = random_floats(kModel, 1, "norm"), input = random_floats(kHidden * kModel, 0.2, "input");
  Floats output = random_floats(kModel * kHidden, 0.1, "output"), states = random_floats(kRows * kModel, 1, "states");
  const Floats weights = random_floats(kRows * kModel, 1, "weights of the loss");
  const FeedForwardKernel::Chunk chunk = {kRows, 3, {0.2, 5}};
  FeedForwardKernel::Workspace space;
  const auto kernel = [&](Pass pass) {
    return FeedForwardKernel({kModel, kHidden, norm.data(), input.data(), output.data(), 1e-6f}, pass);
  };
  std::vector<std::uint32_t> open(static_cast<std::size_t>(kernel(Pass::kForward).open_words(kRows)));
  const auto loss = [&] {
    Floats result(states.size());
    kernel(Pass::kForward).forward(chunk, states.data(), result.data(), open.data(), space);
    return dot(result, weights);
  };
  loss();
  Floats slope(states.size()), norm_slope(norm.size()), input_slope(input.size()), output_slope(output.size());
  kernel(Pass::kBackward)
      .backward(chunk, states.data(), open.data(), weights.data(), slope.data(),
                {norm_slope.data(), input_slope.data(), output_slope.data()}, space);
  Floats input_turned(input.size());
  for (std::int64_t i = 0; i < kModel; ++i) {
    for (std::int64_t j = 0; j < kHidden; ++j) {
      input_turned[static_cast<std::size_t>(j * kModel + i)] = input_slope[static_cast<std::size_t>(i * kHidden + j)];
    }
  }
  expect_slope(states, slope, loss, "states");
  expect_slope(norm, norm_slope, loss, "norm");
  expect_slope(input, input_turned, loss, "input");
  expect_slope(output, output_slope, loss, "output");
}

void expect_slopes_of_attention(std::int64_t heads, std::int64_t width) {
  SCOPED_TRACE(testing::Message() << heads << " heads of " << width);
  constexpr std::int64_t kSequences = 3, kQueries = 5, kKeys = 17, kModel = 18;
  const std::int64_t inner = heads * width;
  Floats norm = random_floats(kModel, 1, "norm"), query = random_floats(inner * kModel, 0.2, "query");
  Floats key_value = random_floats(2 * inner * kModel, 0.2, "key and value");
  Floats output = random_floats(kModel * inner, 0.2, "output");
  Floats states = random_floats(kSequences * kQueries * kModel, 1, "states");
  Floats memory = random_floats(kSequences * kKeys * kModel, 1, "memory");
  Floats bias = random_floats(heads * kQueries * kKeys, 1, "bias");
  Floats hidden(static_cast<std::size_t>(kSequences * kKeys), 0.0f);
  for (std::size_t i = 12; i < 17; ++i) hidden[i] = -1e9f;  // the end of the first sequence
  const Floats weights = random_floats(kSequences * kQueries * kModel, 1, "weights of the loss");
  AttentionKernel::Workspace space;
  const auto kernel = [&](Pass pass) {
    return AttentionKernel({.d_model = kModel,
                            .heads = heads,
                            .d_kv = width,
                            .norm = norm.data(),
                            .query = query.data(),
                            .key_value = key_value.data(),
                            .output = output.data(),
                            .cross = true},
                           pass);
  };
  const auto chunk = [&] {
    AttentionKernel::Chunk whole;
    whole.sequences = kSequences;
    whole.queries = kQueries;
    whole.keys = kKeys;
    whole.memory = memory.data();
    whole.bias = {bias.data(), kQueries, kKeys};
    whole.hidden = hidden.data();
    whole.dropout = {0.2, 5};
    whole.weight_dropout = {0.2, 6};
    return whole;
  };
  const auto loss = [&] {
    Floats result(states.size());
    kernel(Pass::kForward).forward(chunk(), states.data(), result.data(), space);
    return dot(result, weights);
  };
  Floats slope(states.size()), memory_slope(memory.size()), bias_slope(bias.size()), norm_slope(norm.size());
  Floats query_slope(query.size()), key_value_slope(key_value.size()), output_slope(output.size());
  kernel(Pass::kBackward)
      .backward(chunk(), states.data(), weights.data(), slope.data(),
                {.norm = norm_slope.data(),
                 .query = {query_slope.data(), kModel, inner, inner},
                 .key = {key_value_slope.data(), kModel, inner, 2 * inner},
                 .value = {key_value_slope.data() + inner, kModel, inner, 2 * inner},
                 .output = output_slope.data(),
                 .bias = bias_slope.data(),
                 .memory = memory_slope.data()},
                space);
  const auto turned = [](const Floats& matrix, std::int64_t columns) {
    Floats result(matrix.size());
    for (std::int64_t i = 0; i < kModel; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) {
        result[static_cast<std::size_t>(j * kModel + i)] = matrix[static_cast<std::size_t>(i * columns + j)];
      }
    }
    return result;
  };
  expect_slope(states, slope, loss, "states");
  expect_slope(memory, memory_slope, loss, "memory");
  expect_slope(bias, bias_slope, loss, "bias");
  expect_slope(norm, norm_slope, loss, "norm");
  expect_slope(query, turned(query_slope, inner), loss, "query");
  expect_slope(key_value, turned(key_value_slope, 2 * inner), loss, "key and value");
  expect_slope(output, output_slope, loss, "output");
  for (std::size_t i = 12 * kModel; i < 17 * kModel; ++i) EXPECT_EQ(memory_slope[i], 0.0f) << "hidden memory";
}

TEST(AttentionKernel, SlopesAreDifferenceQuotients) {
  expect_slopes_of_attention(2, 7);   // all heads in one group
  expect_slopes_of_attention(3, 16);  // a group of two, a group of one
}

TEST(SoftmaxLossKernel, SlopesAreDifferenceQuotients) {
  constexpr std::int64_t kRows = 270, kVocab = 600, kModel = 13;  // two parts, two slabs
  Floats states = random_floats(kRows * kModel, 1, "states"), output = random_floats(kVocab * kModel, 0.5, "output");
  std::vector<std::int64_t> labels;
  for (std::int64_t row = 0; row < kRows; ++row) labels.push_back(row * 37 % kVocab);
  const Floats weights = random_floats(kRows, 1, "weights of the loss");
  SoftmaxLossKernel kernel;
  Floats losses(kRows), log_sums(kRows);
  const auto problem = [&] {
    return SoftmaxLossKernel::Problem{kRows, kVocab, kModel, states.data(), output.data(), labels.data()};
  };
  const auto loss = [&] {
    kernel.losses(problem(), losses.data(), log_sums.data());
    return dot(losses, weights);
  };
  loss();
  Floats states_slope(states.size()), output_slope(output.size());
  kernel.gradients(problem(), log_sums.data(), {weights.data(), states_slope.data(), output_slope.data()});
  expect_slope(states, states_slope, loss, "states");
  expect_slope(output, output_slope, loss, "output");
}

}  // namespace
}  // namespace p5
