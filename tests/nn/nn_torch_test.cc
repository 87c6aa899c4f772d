// All tests of src/nn that need LibTorch, in one translation unit.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <vector>

#include "nn/attention_module.h"
#include "nn/dropout_module.h"
#include "nn/feed_forward_module.h"
#include "nn/kv_cache_module.h"
#include "nn/relative_position_bias_module.h"
#include "nn/rms_norm_module.h"

namespace p5 {
namespace {

using Direction = RelativePositionOptions::Direction;

void fill_parameters(torch::nn::Module& module, std::uint64_t seed) {
  torch::manual_seed(seed);
  const torch::NoGradGuard guard;
  for (torch::Tensor& parameter : module.parameters()) parameter.normal_(0.0, 0.3);
}

float largest_difference(const torch::Tensor& left, const torch::Tensor& right) {
  return (left - right).abs().max().item<float>();
}

// ---- relative positions -------------------------------------------------------------------------------------------

TEST(RelativePositionBucket, BidirectionalBordersAreThoseOfTheReference) {
  const RelativePositionOptions options{.direction = Direction::kBidirectional};
  const std::vector<std::pair<std::int64_t, std::int64_t>> first = {{8, 8},   {9, 12},  {10, 16}, {11, 23},
                                                                    {12, 32}, {13, 46}, {14, 64}, {15, 91}};
  for (std::int64_t n = 0; n < 8; ++n) EXPECT_EQ(relative_position_bucket(-n, options), n);
  for (const auto& [bucket, distance] : first) {
    EXPECT_EQ(relative_position_bucket(-distance, options), bucket) << distance;
    EXPECT_EQ(relative_position_bucket(1 - distance, options), bucket - 1) << distance;
    EXPECT_EQ(relative_position_bucket(distance, options), bucket + 16) << distance;
  }
  EXPECT_EQ(relative_position_bucket(16, options), 26);
  EXPECT_EQ(relative_position_bucket(-100000, options), 15);
  EXPECT_EQ(relative_position_bucket(100000, options), 31);
}

TEST(RelativePositionBucket, CausalBordersAreThoseOfTheReference) {
  const RelativePositionOptions options{.direction = Direction::kCausal};
  const std::vector<std::int64_t> first = {16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
  const std::vector<std::int64_t> distance = {16, 19, 21, 24, 27, 31, 35, 40, 46, 52, 59, 67, 77, 87, 99, 113};
  for (std::int64_t n = 0; n < 16; ++n) EXPECT_EQ(relative_position_bucket(-n, options), n);
  // The reference counts from 16@16; the previous bucket ends one position earlier.
  EXPECT_EQ(relative_position_bucket(-16, options), 16);
  for (std::size_t i = 1; i < first.size(); ++i) {
    EXPECT_EQ(relative_position_bucket(-distance[i], options), first[i]) << distance[i];
    EXPECT_EQ(relative_position_bucket(1 - distance[i], options), first[i] - 1) << distance[i];
  }
  EXPECT_EQ(relative_position_bucket(5, options), 0);
  EXPECT_EQ(relative_position_bucket(-100000, options), 31);
}

TEST(RelativePositionBias, EachCellHoldsTheValueOfItsDistance) {
  for (const Direction direction : {Direction::kBidirectional, Direction::kCausal}) {
    const RelativePositionOptions options{.heads = 3, .direction = direction};
    RelativePositionBiasModule module(options);
    fill_parameters(module, 1);
    const torch::Tensor bias = module.forward(7, 7);
    ASSERT_EQ(bias.sizes(), (std::vector<std::int64_t>{1, 3, 7, 7}));
    for (std::int64_t query = 0; query < 7; ++query) {
      for (std::int64_t key = 0; key < 7; ++key) {
        const bool hidden = direction == Direction::kCausal && key > query;
        const std::int64_t bucket = relative_position_bucket(key - query, options);
        for (std::int64_t head = 0; head < 3; ++head) {
          const float wanted = hidden ? kHiddenScore : module.weight()[bucket][head].item<float>();
          EXPECT_EQ(bias[0][head][query][key].item<float>(), wanted) << query << " " << key;
        }
      }
    }
    if (direction == Direction::kCausal) {
      EXPECT_TRUE(torch::equal(module.last_query(7), bias.narrow(2, 6, 1)));
    }
  }
}

TEST(RelativePositionBias, APrefixStandsBeforeTheFirstPosition) {
  for (const Direction direction : {Direction::kBidirectional, Direction::kCausal}) {
    RelativePositionBiasModule plain({.heads = 2, .direction = direction});
    RelativePositionBiasModule prefixed({.heads = 2, .direction = direction, .prefix = 3});
    const torch::NoGradGuard no_gradient;
    torch::Tensor(plain.weight()).normal_();
    torch::Tensor(prefixed.weight()).copy_(plain.weight());
    EXPECT_TRUE(torch::equal(prefixed.forward(5, 5), plain.forward(8, 8).narrow(2, 3, 5)));
    EXPECT_TRUE(torch::equal(prefixed.last_query(5), plain.last_query(8)));
    std::vector<float> filled(2 * 5 * 8);
    fill_position_bias(prefixed.weight().data_ptr<float>(), {.heads = 2, .direction = direction, .prefix = 3}, 5, 5,
                       filled.data());
    EXPECT_TRUE(torch::equal(torch::tensor(filled).view({1, 2, 5, 8}), prefixed.forward(5, 5)));
  }
}

TEST(RelativePositionBias, GradientsCountTheCellsOfEachBucket) {
  RelativePositionBiasModule module({.heads = 1, .direction = Direction::kBidirectional});
  fill_parameters(module, 2);
  module.forward(4, 4).sum().backward();
  const torch::Tensor gradient = module.parameters()[0].grad();
  EXPECT_EQ(gradient[0][0].item<float>(), 4.0f);       // the diagonal
  EXPECT_EQ(gradient[1][0].item<float>(), 3.0f);       // one before
  EXPECT_EQ(gradient[16 + 3][0].item<float>(), 1.0f);  // three after
}

// ---- norm, dropout ------------------------------------------------------------------------------------------------

TEST(RmsNorm, ValuesAndGradientsAreThoseOfTheFormula) {
  RmsNormModule module(6, 1e-6);
  fill_parameters(module, 3);
  const torch::Tensor input = torch::randn({2, 5, 6}).requires_grad_();
  const torch::Tensor upstream = torch::randn({2, 5, 6});
  const torch::Tensor output = module.forward(input);
  output.backward(upstream);

  const torch::Tensor plain = input.detach().clone().requires_grad_();
  const torch::Tensor weight = module.weight().detach().clone().requires_grad_();
  const torch::Tensor wanted = plain * torch::rsqrt(plain.square().mean(-1, true) + 1e-6) * weight;
  wanted.backward(upstream);
  EXPECT_LE(largest_difference(output, wanted), 1e-5f);
  EXPECT_LE(largest_difference(input.grad(), plain.grad()), 1e-5f);
  EXPECT_LE(largest_difference(module.weight().grad(), weight.grad()), 1e-4f);

  const torch::NoGradGuard guard;
  EXPECT_TRUE(torch::equal(module.forward(input), output));
}

TEST(HashedDropout, KeepsTheRightShareScalesItAndRepeatsUnderASeed) {
  const torch::Tensor input = torch::ones({300, 1000}).requires_grad_();
  torch::manual_seed(5);
  const torch::Tensor output = hashed_dropout(input, 0.1, true);
  const double kept = output.gt(0).to(torch::kDouble).mean().item<double>();
  EXPECT_NEAR(kept, 0.9, 0.004);                                // 7 standard deviations
  EXPECT_NEAR(output.max().item<float>(), 1.0f / 0.9f, 2e-5f);  // the share is rounded to 16 bits
  // Neighbors, in both directions, are dropped independently.
  const torch::Tensor dropped = output.eq(0).to(torch::kDouble);
  const auto both = [&](std::int64_t axis) {
    const std::int64_t size = dropped.size(axis);
    return (dropped.narrow(axis, 0, size - 1) * dropped.narrow(axis, 1, size - 1)).mean().item<double>();
  };
  EXPECT_NEAR(both(0), 0.01, 0.0015);
  EXPECT_NEAR(both(1), 0.01, 0.0015);

  output.sum().backward();
  EXPECT_TRUE(torch::equal(input.grad(), output.detach()));  // the same mask, made again
  torch::manual_seed(5);
  EXPECT_TRUE(torch::equal(hashed_dropout(input, 0.1, true), output));
  EXPECT_FALSE(torch::equal(hashed_dropout(input, 0.1, true), output));
  EXPECT_TRUE(torch::equal(hashed_dropout(input, 0.1, false), input));
}

// ---- attention, feed-forward --------------------------------------------------------------------------------------

// The textbook: one head at a time, with the weights as a checkpoint names them.
torch::Tensor attention_by_hand(const AttentionModule& module, const torch::Tensor& queries, const torch::Tensor& keys,
                                const torch::Tensor& bias, std::int64_t heads) {
  const auto part = [&](const torch::Tensor& states, const torch::Tensor& weight, std::int64_t head) {
    return torch::matmul(states, weight.t()).chunk(heads, -1)[static_cast<std::size_t>(head)];
  };
  std::vector<torch::Tensor> mixed;
  for (std::int64_t head = 0; head < heads; ++head) {
    torch::Tensor scores = torch::matmul(part(queries, module.query_weight(), head),
                                         part(keys, module.key_weight(), head).transpose(1, 2));
    if (bias.defined()) scores = scores + bias.select(1, head);
    mixed.push_back(torch::matmul(scores.softmax(-1), part(keys, module.value_weight(), head)));
  }
  return torch::matmul(torch::cat(mixed, -1), module.output_weight().t());
}

TEST(Attention, SelfAndCrossAreTheTextbooks) {
  const torch::NoGradGuard guard;
  AttentionModule self({.d_model = 10, .heads = 3, .d_kv = 4, .kind = AttentionOptions::Kind::kSelf});
  AttentionModule cross({.d_model = 10, .heads = 3, .d_kv = 4, .kind = AttentionOptions::Kind::kCross});
  fill_parameters(self, 6);
  fill_parameters(cross, 7);
  const torch::Tensor states = torch::randn({2, 5, 10});
  const torch::Tensor memory = torch::randn({2, 8, 10});
  const torch::Tensor self_bias = torch::randn({2, 3, 5, 5});
  const torch::Tensor cross_bias = torch::randn({2, 3, 5, 8});
  EXPECT_LE(
      largest_difference(self.self(states, {self_bias, {}}), attention_by_hand(self, states, states, self_bias, 3)),
      1e-5f);
  EXPECT_LE(largest_difference(cross.cross(states, cross.project_memory(memory), {cross_bias, {}}),
                               attention_by_hand(cross, states, memory, cross_bias, 3)),
            1e-5f);
  EXPECT_LE(largest_difference(cross.cross(states, cross.project_memory(memory), {}),
                               attention_by_hand(cross, states, memory, {}, 3)),
            1e-5f);
}

TEST(Attention, StepsThroughTheCacheGiveTheCausalWhole) {
  const torch::NoGradGuard guard;
  AttentionModule module({.d_model = 10, .heads = 3, .d_kv = 4, .kind = AttentionOptions::Kind::kSelf});
  RelativePositionBiasModule position({.heads = 3, .direction = Direction::kCausal});
  fill_parameters(module, 8);
  fill_parameters(position, 9);
  const torch::Tensor states = torch::randn({4, 6, 10});
  const torch::Tensor whole = module.self(states, {position.forward(6, 6), {}});
  KeyValue cache;
  for (std::int64_t step = 0; step < 6; ++step) {
    const torch::Tensor one = module.self_step(states.narrow(1, step, 1), {position.last_query(step + 1), {}}, cache);
    EXPECT_LE(largest_difference(one, whole.narrow(1, step, 1)), 1e-5f) << step;
  }
  EXPECT_EQ(cache.length(), 6);
  EXPECT_EQ(cache.bytes(), 2 * 4 * 6 * 12 * 4);
}

TEST(KvCache, ReorderMovesRowsOfEveryBlock) {
  KvCache cache(2);
  for (std::size_t block = 0; block < 2; ++block) {
    const torch::Tensor rows = torch::arange(3, torch::kFloat).view({3, 1, 1, 1}) + 10.0 * static_cast<double>(block);
    cache.block(block).append({rows, -rows});
  }
  cache.reorder(torch::tensor({2, 2, 0, 1}, torch::kLong));
  EXPECT_TRUE(torch::equal(cache.block(1).key.flatten(), torch::tensor({12.0f, 12.0f, 10.0f, 11.0f})));
  EXPECT_TRUE(torch::equal(cache.block(0).value.flatten(), torch::tensor({-2.0f, -2.0f, -0.0f, -1.0f})));
}

TEST(FeedForward, BothFormsAreThoseOfTheFormula) {
  const torch::Tensor states = torch::randn({3, 6});
  for (const auto activation : {FeedForwardOptions::Activation::kRelu, FeedForwardOptions::Activation::kGatedGelu}) {
    FeedForwardModule module({.d_model = 6, .d_ff = 8, .activation = activation});
    fill_parameters(module, 10);
    torch::Tensor hidden = torch::matmul(states, module.activated_weight().t());
    if (module.gated()) {
      const torch::Tensor inner = std::sqrt(2.0 / M_PI) * (hidden + 0.044715 * hidden.pow(3));
      hidden = 0.5 * hidden * (1.0 + inner.tanh()) * torch::matmul(states, module.linear_weight().t());
    } else {
      hidden = hidden.clamp_min(0.0);
    }
    EXPECT_LE(largest_difference(module.forward(states), torch::matmul(hidden, module.output_weight().t())), 1e-5f);
  }
}

}  // namespace
}  // namespace p5
