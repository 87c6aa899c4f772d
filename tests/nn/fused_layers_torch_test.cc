// The fused layers against the formulas in plain torch operators, forward and backward.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "nn/fused_layers_module.h"
#include "nn/relative_position_bias_module.h"
#include "nn/threads_module.h"

namespace p5 {
namespace {

using Tensors = std::vector<torch::Tensor>;
using Layer = std::function<torch::Tensor(const Tensors&)>;

torch::Tensor leaf(std::vector<std::int64_t> sizes, double deviation = 1.0) {
  return (torch::randn(sizes) * deviation).requires_grad_(true);
}

torch::Tensor plain_norm(const torch::Tensor& states, const torch::Tensor& weight) {
  return states * torch::rsqrt(states.square().mean(-1, true) + 1e-6) * weight;
}

double relative_error(const torch::Tensor& got, const torch::Tensor& expected) {
  const torch::Tensor exact = expected.to(torch::kDouble);
  return ((got.to(torch::kDouble) - exact).norm() / exact.norm().clamp_min(1e-30)).item<double>();
}

// Result and the gradient of every input of sum(result * weights), with `inputs` as fresh leaves.
Tensors result_and_gradients(const Layer& layer, const Tensors& inputs, const torch::Tensor& weights) {
  Tensors leaves;
  for (const torch::Tensor& input : inputs) leaves.push_back(input.detach().clone().requires_grad_(true));
  const torch::Tensor result = layer(leaves);
  (result * weights).sum().backward();
  Tensors all{result.detach()};
  for (const torch::Tensor& input : leaves) all.push_back(input.grad());
  return all;
}

// The required accuracy of fast paths: a relative error of 1e-5, gradients included. The formula runs in double
// precision.
void expect_same(const Layer& fused, const Layer& formula, const Tensors& inputs, std::vector<std::int64_t> sizes) {
  const torch::Tensor weights = torch::randn(sizes);
  Tensors exact_inputs;
  for (const torch::Tensor& input : inputs) exact_inputs.push_back(input.detach().to(torch::kDouble));
  const Tensors got = result_and_gradients(fused, inputs, weights);
  const Tensors expected = result_and_gradients(formula, exact_inputs, weights.to(torch::kDouble));
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_TRUE(got[i].defined()) << "gradient of input " << i;
    EXPECT_LE(relative_error(got[i], expected[i]), 1e-5) << (i == 0 ? "result" : "gradient of input ") << i;
  }
}

TEST(FusedFeedForward, IsTheFormulaAndItsGradients) {
  torch::manual_seed(1);
  for (const auto& [rows, length, d_model, d_ff] :
       std::vector<std::array<std::int64_t, 4>>{{2, 7, 20, 30}, {5, 96, 64, 300}, {1, 9, 16, 16}, {8, 96, 128, 1024}}) {
    const Layer fused = [](const Tensors& in) { return fused_feed_forward(in[0], {in[1], in[2], in[3], 1e-6}, 0.0); };
    const Layer formula = [](const Tensors& in) {
      return in[0] + torch::linear(torch::linear(plain_norm(in[0], in[1]), in[2]).relu(), in[3]);
    };
    expect_same(
        fused, formula,
        {leaf({rows, length, d_model}), leaf({d_model}), leaf({d_ff, d_model}, 0.2), leaf({d_model, d_ff}, 0.2)},
        {rows, length, d_model});
  }
}

torch::Tensor plain_attention(const torch::Tensor& query, const torch::Tensor& key_value, std::int64_t heads,
                              const torch::Tensor& bias, const torch::Tensor& hidden) {
  const std::int64_t rows = query.size(0), inner = query.size(2);
  const auto split = [&](const torch::Tensor& states) {
    return states.reshape({rows, states.size(1), heads, inner / heads}).transpose(1, 2);
  };
  torch::Tensor scores = torch::matmul(split(query), split(key_value.narrow(2, 0, inner)).transpose(2, 3));
  if (bias.defined()) scores = scores + bias;
  if (hidden.defined()) scores = scores + hidden;
  return torch::matmul(scores.softmax(-1), split(key_value.narrow(2, inner, inner)))
      .transpose(1, 2)
      .reshape({rows, query.size(1), inner});
}

// The last third of every second row is padding.
torch::Tensor padding(std::int64_t rows, std::int64_t keys) {
  torch::Tensor hidden = torch::zeros({rows, 1, 1, keys});
  hidden.slice(0, 0, rows, 2).slice(3, keys - keys / 3, keys).fill_(kHiddenScore);
  return hidden;
}

TEST(FusedAttention, SelfIsTheFormulaAndItsGradients) {
  torch::manual_seed(2);
  for (const auto& [rows, length, d_model, heads, d_kv] : std::vector<std::array<std::int64_t, 5>>{
           {3, 7, 20, 2, 8}, {5, 50, 48, 3, 32}, {1, 1, 16, 1, 16}, {8, 96, 128, 6, 64}}) {
    const std::int64_t inner = heads * d_kv;
    const torch::Tensor hidden = padding(rows, length);
    const Layer fused = [&, count = heads, rows = rows, length = length](const Tensors& in) {
      return fused_attention({in[0], {{rows, length}}, {}, in[1], hidden}, {in[2], in[3], {}, in[4], count, 1e-6}, 0.0);
    };
    const Layer formula = [&, count = heads](const Tensors& in) {
      const torch::Tensor projected = torch::linear(plain_norm(in[0], in[2]), in[3]);
      const torch::Tensor mixed = plain_attention(projected.narrow(2, 0, inner), projected.narrow(2, inner, 2 * inner),
                                                  count, in[1], hidden.to(torch::kDouble));
      return in[0] + torch::linear(mixed, in[4]);
    };
    expect_same(
        fused, formula,
        {leaf({rows, length, d_model}), leaf({1, heads, length, length}), leaf({d_model}),
         leaf({3 * inner, d_model}, 0.5 / std::sqrt(static_cast<double>(d_model))), leaf({d_model, inner}, 0.2)},
        {rows, length, d_model});
  }
}

// The formula for each run separately, one after another.
torch::Tensor run_by_run(const torch::Tensor& states, const SequenceRuns& runs,
                         const std::function<torch::Tensor(const torch::Tensor&, std::int64_t)>& formula) {
  Tensors results;
  std::int64_t token = 0, row = 0;
  for (const SequenceRun& run : runs) {
    const torch::Tensor part = states.narrow(0, token, run.tokens()).view({run.rows, run.length, states.size(1)});
    results.push_back(formula(part, row).reshape({run.tokens(), states.size(1)}));
    token += run.tokens();
    row += run.rows;
  }
  return torch::cat(results);
}

// More sequences than a chunk holds, runs of one token and of one row, short ones after long ones.
const SequenceRuns kRuns = {{150, 2}, {1, 7}, {3, 1}, {12, 40}, {2, 9}};

TEST(FusedAttention, SelfInRunsIsTheFormulaOfEachRun) {
  torch::manual_seed(12);
  const std::int64_t tokens = 300 + 7 + 3 + 480 + 18, d_model = 24, heads = 3, inner = 48;
  const Layer fused = [&](const Tensors& in) {
    return fused_attention({in[0], kRuns, {}, in[1], {}}, {in[2], in[3], {}, in[4], heads, 1e-6}, 0.0);
  };
  const Layer formula = [&](const Tensors& in) {
    return run_by_run(in[0], kRuns, [&](const torch::Tensor& states, std::int64_t) {
      const torch::Tensor projected = torch::linear(plain_norm(states, in[2]), in[3]);
      const torch::Tensor bias = in[1].narrow(2, 0, states.size(1)).narrow(3, 0, states.size(1));
      const torch::Tensor mixed =
          plain_attention(projected.narrow(2, 0, inner), projected.narrow(2, inner, 2 * inner), heads, bias, {});
      return states + torch::linear(mixed, in[4]);
    });
  };
  expect_same(fused, formula,
              {leaf({tokens, d_model}), leaf({1, heads, 40, 40}), leaf({d_model}), leaf({3 * inner, d_model}, 0.1),
               leaf({d_model, inner}, 0.2)},
              {tokens, d_model});
}

TEST(FusedAttention, CrossInRunsReadsTheMemoryOfItsRows) {
  torch::manual_seed(13);
  const std::int64_t tokens = 808, rows = 168, keys = 21, d_model = 24, heads = 3, inner = 48;
  const torch::Tensor hidden = padding(rows, keys);
  const Layer fused = [&](const Tensors& in) {
    return fused_attention({in[0], kRuns, in[1], {}, hidden}, {in[2], in[3], in[4], in[5], heads, 1e-6}, 0.0);
  };
  const Layer formula = [&](const Tensors& in) {
    return run_by_run(in[0], kRuns, [&](const torch::Tensor& states, std::int64_t row) {
      const torch::Tensor memory = torch::linear(in[1].narrow(0, row, states.size(0)), in[4]);
      const torch::Tensor mixed = plain_attention(torch::linear(plain_norm(states, in[2]), in[3]), memory, heads, {},
                                                  hidden.narrow(0, row, states.size(0)).to(torch::kDouble));
      return states + torch::linear(mixed, in[5]);
    });
  };
  expect_same(fused, formula,
              {leaf({tokens, d_model}), leaf({rows, keys, d_model}), leaf({d_model}), leaf({inner, d_model}, 0.2),
               leaf({2 * inner, d_model}, 0.2), leaf({d_model, inner}, 0.2)},
              {tokens, d_model});
}

TEST(FusedAttention, CrossIsTheFormulaAndItsGradients) {
  torch::manual_seed(3);
  for (const bool padded : {true, false}) {
    const std::int64_t rows = 6, queries = 4, keys = 37, d_model = 40, heads = 3, inner = 48;
    const torch::Tensor hidden = padded ? padding(rows, keys) : torch::Tensor();
    const Layer fused = [&](const Tensors& in) {
      return fused_attention({in[0], {{rows, queries}}, in[1], {}, hidden}, {in[2], in[3], in[4], in[5], heads, 1e-6},
                             0.0);
    };
    const Layer formula = [&](const Tensors& in) {
      const torch::Tensor mixed =
          plain_attention(torch::linear(plain_norm(in[0], in[2]), in[3]), torch::linear(in[1], in[4]), heads, {},
                          padded ? hidden.to(torch::kDouble) : torch::Tensor());
      return in[0] + torch::linear(mixed, in[5]);
    };
    expect_same(fused, formula,
                {leaf({rows, queries, d_model}), leaf({rows, keys, d_model}), leaf({d_model}),
                 leaf({inner, d_model}, 0.2), leaf({2 * inner, d_model}, 0.2), leaf({d_model, inner}, 0.2)},
                {rows, queries, d_model});
  }
}

// Learnt keys and values, views of one tensor, stand before those of every sequence; gradients sum over all of them.
TEST(FusedAttention, PrefixesAreKeysAndValuesBeforeTheOthers) {
  torch::manual_seed(14);
  const std::int64_t rows = 50, length = 9, prefix = 4, keys = 21, d_model = 24, heads = 6, inner = 48;
  const auto before = [&](const torch::Tensor& all, const torch::Tensor& own) {
    return torch::cat({all.narrow(1, 5, 2 * inner).unsqueeze(0).expand({rows, -1, -1}), own}, 1);
  };
  const auto part = [&](const torch::Tensor& all, std::int64_t index) {
    return all.narrow(1, 5 + index * inner, inner);
  };
  const torch::Tensor hidden = padding(rows, prefix + length), hidden_memory = padding(rows, prefix + keys);
  const Layer self = [&](const Tensors& in) {
    return fused_attention({in[0], {{rows, length}}, {}, in[1], hidden},
                           {in[2], in[3], {}, in[4], heads, 1e-6, part(in[5], 0), part(in[5], 1)}, 0.0);
  };
  const Layer self_formula = [&](const Tensors& in) {
    const torch::Tensor projected = torch::linear(plain_norm(in[0], in[2]), in[3]);
    const torch::Tensor mixed =
        plain_attention(projected.narrow(2, 0, inner), before(in[5], projected.narrow(2, inner, 2 * inner)), heads,
                        in[1], hidden.to(torch::kDouble));
    return in[0] + torch::linear(mixed, in[4]);
  };
  expect_same(self, self_formula,
              {leaf({rows, length, d_model}), leaf({1, heads, length, prefix + length}), leaf({d_model}),
               leaf({3 * inner, d_model}, 0.1), leaf({d_model, inner}, 0.2), leaf({prefix, 5 + 2 * inner})},
              {rows, length, d_model});
  const Layer cross = [&](const Tensors& in) {
    return fused_attention({in[0], {{rows, length}}, in[1], {}, hidden_memory},
                           {in[2], in[3], in[4], in[5], heads, 1e-6, part(in[6], 0), part(in[6], 1)}, 0.0);
  };
  const Layer cross_formula = [&](const Tensors& in) {
    const torch::Tensor mixed =
        plain_attention(torch::linear(plain_norm(in[0], in[2]), in[3]), before(in[6], torch::linear(in[1], in[4])),
                        heads, {}, hidden_memory.to(torch::kDouble));
    return in[0] + torch::linear(mixed, in[5]);
  };
  expect_same(cross, cross_formula,
              {leaf({rows, length, d_model}), leaf({rows, keys, d_model}), leaf({d_model}), leaf({inner, d_model}, 0.2),
               leaf({2 * inner, d_model}, 0.2), leaf({d_model, inner}, 0.2), leaf({prefix, 5 + 2 * inner})},
              {rows, length, d_model});
}

TEST(FusedCrossEntropy, IsTheFormulaAndItsGradients) {
  torch::manual_seed(4);
  for (const auto& [rows, vocab, d_model] :
       std::vector<std::array<std::int64_t, 3>>{{5, 7, 16}, {300, 1301, 24}, {1, 1, 8}}) {
    const torch::Tensor labels = torch::randint(0, vocab, {rows}, torch::kLong);
    expect_same([&](const Tensors& in) { return fused_cross_entropy(in[0], in[1], labels); },
                [&](const Tensors& in) {
                  return torch::nll_loss(torch::linear(in[0], in[1]).log_softmax(-1), labels, {}, at::Reduction::None);
                },
                {leaf({rows, d_model}), leaf({vocab, d_model})}, {rows});
  }
}

// Three entries per row, some at the label, none in every fourth row; columns ascend.
SparseLogits random_entries(std::int64_t rows, std::int64_t vocab, const torch::Tensor& bias, bool spread) {
  std::vector<std::int64_t> offsets{0}, columns;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t i = 0; i < 3 && row % 4 != 3; ++i)
      columns.push_back((row * 5 + i * (vocab / 3)) % (vocab / 3) + i * (vocab / 3));
    offsets.push_back(static_cast<std::int64_t>(columns.size()));
  }
  const torch::Tensor entries = torch::tensor(columns);
  return {torch::tensor(offsets), entries, bias, torch::full({entries.size(0)}, spread ? 0.2f : 0.0f)};
}

TEST(CrossEntropyWithEvidence, IsTheFormulaAndItsGradients) {
  torch::manual_seed(5);
  for (const auto& [rows, vocab, d_model] :
       std::vector<std::array<std::int64_t, 3>>{{5, 9, 16}, {300, 1302, 24}, {130, 2100, 40}}) {
    const torch::Tensor labels = torch::arange(rows) * 5 % (vocab / 3);
    const std::int64_t entries = (rows - rows / 4) * 3;
    for (const bool spread : {false, true}) {
      const auto losses = [&](const Tensors& in) {
        return cross_entropy(in[0], in[1], labels, random_entries(rows, vocab, in[2], spread));
      };
      const auto plainly = [&](const Tensors& in) {
        const SparseLogits sparse = random_entries(rows, vocab, in[2], spread);
        torch::Tensor bias = torch::zeros({rows, vocab}, in[0].options());
        torch::Tensor target = torch::zeros({rows, vocab}, in[0].options().requires_grad(false));
        const torch::Tensor row = torch::repeat_interleave(sparse.offsets.diff());
        bias = bias.index_put({row, sparse.columns}, in[2]);
        target.index_put_({row, sparse.columns}, sparse.shares.to(in[0].scalar_type()));
        target.index_put_({torch::arange(rows), labels}, 1.0 - target.sum(1), /*accumulate=*/true);
        return -(target * (torch::linear(in[0], in[1]) + bias).log_softmax(-1)).sum(1);
      };
      const Tensors inputs{leaf({rows, d_model}), leaf({vocab, d_model}), leaf({entries})};
      expect_same(losses, plainly, inputs, {rows});
      const PlainLayers without_fusion;
      expect_same(losses, plainly, inputs, {rows});
    }
  }
}

TEST(CrossEntropyWithEvidence, WithoutEntriesIsCrossEntropy) {
  torch::manual_seed(6);
  const torch::Tensor states = torch::randn({70, 24}), output = torch::randn({600, 24}), labels = torch::arange(70);
  const SparseLogits none{torch::zeros({71}, torch::kLong), torch::zeros({0}, torch::kLong), torch::zeros({0}),
                          torch::zeros({0})};
  EXPECT_TRUE(
      torch::allclose(cross_entropy(states, output, labels, none), fused_cross_entropy(states, output, labels)));
}

TEST(FusedCrossEntropy, HugeLogitsStayFinite) {
  const torch::Tensor states = torch::full({2, 4}, 1e4f), output = torch::eye(4) * 1e4f;
  const torch::Tensor losses = fused_cross_entropy(states, output, torch::tensor({0, 3}, torch::kLong));
  EXPECT_TRUE(torch::isfinite(losses).all().item<bool>());
  EXPECT_NEAR(losses[0].item<float>(), std::log(4.0f), 20.0f);  // of 1e8, float32 resolves 8
}

// Dropout: the backward pass must use the masks of the forward pass. The loss is a fixed function while the generator
// is reset, so its slope along a direction is a difference quotient.
void expect_slopes(const Layer& layer, const Tensors& inputs) {
  const auto loss = [&](const Tensors& at) {
    torch::manual_seed(99);
    return layer(at).to(torch::kDouble).sin().sum();
  };
  Tensors leaves;
  for (const torch::Tensor& input : inputs) leaves.push_back(input.detach().clone().requires_grad_(true));
  loss(leaves).backward();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const torch::Tensor way = torch::randn_like(inputs[i]) * 1e-4;
    Tensors ahead = inputs, behind = inputs;
    ahead[i] = inputs[i].detach() + way;
    behind[i] = inputs[i].detach() - way;
    const torch::NoGradGuard guard;
    const double slope = ((loss(ahead) - loss(behind)) / 2).item<double>();
    const double expected = (leaves[i].grad() * way).sum().item<double>();
    EXPECT_NEAR(slope, expected, 0.02 * std::abs(expected) + 5e-4) << "input " << i;
  }
}

TEST(FusedLayers, DropoutsBackwardMeetsItsForward) {
  torch::manual_seed(5);
  expect_slopes(
      [](const Tensors& in) {
        return fused_feed_forward(in[0], {in[1], in[2], in[3], 1e-6}, 0.3);
      },
      {leaf({7, 60, 16}), leaf({16}), leaf({520, 16}, 0.2), leaf({16, 520}, 0.1)});
  expect_slopes(
      [](const Tensors& in) {
        return fused_attention({in[0], {{9, 40}}, {}, in[1], {}}, {in[2], in[3], {}, in[4], 2, 1e-6}, 0.3);
      },
      {leaf({9, 40, 16}), leaf({1, 2, 40, 40}), leaf({16}), leaf({96, 16}, 0.2), leaf({16, 32}, 0.2)});
  expect_slopes(
      [](const Tensors& in) {
        return fused_attention({in[0], {{60, 2}, {4, 40}}, {}, in[1], {}}, {in[2], in[3], {}, in[4], 2, 1e-6}, 0.3);
      },
      {leaf({280, 16}), leaf({1, 2, 40, 40}), leaf({16}), leaf({96, 16}, 0.2), leaf({16, 32}, 0.2)});
}

TEST(FusedLayers, DropoutDropsItsShareAndDrawsAnew) {
  torch::manual_seed(6);
  const torch::Tensor states = torch::randn({4, 100, 32});
  const FeedForwardTensors weights = {torch::ones({32}), torch::randn({64, 32}), torch::randn({32, 64}), 1e-6};
  const torch::NoGradGuard guard;
  const torch::Tensor first = fused_feed_forward(states, weights, 0.25);
  EXPECT_FALSE(torch::equal(first, fused_feed_forward(states, weights, 0.25)));
  // Where only the residual remains, the result was dropped.
  EXPECT_NEAR((first == states).to(torch::kFloat).mean().item<float>(), 0.25f, 0.02f);
}

// Results and gradients at 1, 2, 4 and 8 threads, to the last bit.
void expect_same_on_all_threads(const Layer& layer, const Tensors& inputs, std::vector<std::int64_t> sizes) {
  const torch::Tensor weights = torch::randn(sizes);
  const Layer with_one_seed = [&](const Tensors& in) {
    torch::manual_seed(1);
    return layer(in);
  };
  set_training_threads(1);
  const Tensors expected = result_and_gradients(with_one_seed, inputs, weights);
  for (const std::int64_t threads : {2, 4, 8}) {
    set_training_threads(threads);
    const Tensors got = result_and_gradients(with_one_seed, inputs, weights);
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_TRUE(torch::equal(got[i], expected[i])) << threads << " threads, " << (i == 0 ? "result" : "input ") << i;
    }
  }
  set_training_threads(1);
}

TEST(FusedLayers, ResultsDoNotDependOnTheNumberOfThreads) {
  torch::manual_seed(7);
  expect_same_on_all_threads(
      [](const Tensors& in) {
        return fused_feed_forward(in[0], {in[1], in[2], in[3], 1e-6}, 0.1);
      },
      {leaf({31, 60, 16}), leaf({16}), leaf({300, 16}, 0.2), leaf({16, 300}, 0.1)}, {31, 60, 16});
  const torch::Tensor hidden = padding(40, 30);
  expect_same_on_all_threads(
      [&](const Tensors& in) {
        return fused_attention({in[0], {{40, 30}}, {}, in[1], hidden}, {in[2], in[3], {}, in[4], 3, 1e-6}, 0.1);
      },
      {leaf({40, 30, 20}), leaf({1, 3, 30, 30}), leaf({20}), leaf({144, 20}, 0.2), leaf({20, 48}, 0.2)}, {40, 30, 20});
  const SequenceRuns runs = {{70, 3}, {30, 7}};
  const torch::Tensor hidden_memory = padding(100, 40);
  expect_same_on_all_threads(
      [&](const Tensors& in) {
        return fused_attention({in[0], runs, in[1], {}, hidden_memory}, {in[2], in[3], in[4], in[5], 2, 1e-6}, 0.1);
      },
      {leaf({420, 20}), leaf({100, 40, 20}), leaf({20}), leaf({32, 20}, 0.2), leaf({64, 20}, 0.2), leaf({20, 32}, 0.2)},
      {420, 20});
  expect_same_on_all_threads(
      [&](const Tensors& in) {
        return fused_attention({in[0], {{40, 30}}, {}, in[1], {}},
                               {in[2], in[3], {}, in[4], 3, 1e-6, in[5].narrow(1, 0, 48), in[5].narrow(1, 48, 48)},
                               0.1);
      },
      {leaf({40, 30, 20}), leaf({1, 3, 30, 35}), leaf({20}), leaf({144, 20}, 0.2), leaf({20, 48}, 0.2), leaf({5, 96})},
      {40, 30, 20});
  const torch::Tensor labels = torch::arange(333) * 7 % 1400;
  expect_same_on_all_threads([&](const Tensors& in) { return fused_cross_entropy(in[0], in[1], labels); },
                             {leaf({333, 24}), leaf({1400, 24})}, {333});
}

TEST(FusedLayers, PlainLayersTurnThemOff) {
  const torch::Tensor states = torch::zeros({1, 1});
  EXPECT_TRUE(fused_layers_apply(states));
  {
    const PlainLayers plain;
    EXPECT_FALSE(fused_layers_apply(states));
  }
  EXPECT_TRUE(fused_layers_apply(states));
  EXPECT_FALSE(fused_layers_apply(states.to(torch::kDouble)));
}

}  // namespace
}  // namespace p5
