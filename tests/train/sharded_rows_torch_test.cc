// What processes do together: rows of a table that are dealt to them, and sums of gradients in buckets.
#include "train/sharded_rows_module.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <vector>

#include "train/flat_parameters_module.h"
#include "train/gradient_buckets_module.h"
#include "train/several_processes.h"

namespace p5 {
namespace {

constexpr std::int64_t kRows = 11, kWidth = 3;

torch::Tensor whole_table() { return torch::arange(kRows * kWidth, torch::kFloat).view({kRows, kWidth}); }

TEST(ShardedRows, OneProcessHasAll) {
  const ShardedRows rows(nullptr, kRows);
  EXPECT_EQ(rows.own_rows(), kRows);
  const torch::Tensor table = whole_table().requires_grad_();
  const torch::Tensor taken = rows.take(table, {4, 0, 10});
  EXPECT_TRUE(torch::equal(taken, table.index_select(0, torch::tensor({4, 0, 10}))));
  (taken * torch::tensor({1.0f, 2.0f, 3.0f}).unsqueeze(1)).sum().backward();
  torch::Tensor expected = torch::zeros({kRows, kWidth});
  expected[4] = 1.0f;
  expected[0] = 2.0f;
  expected[10] = 3.0f;
  EXPECT_TRUE(torch::equal(table.grad(), expected));
  EXPECT_TRUE(torch::equal(rows.gather(table), table));
}

TEST(ShardedRows, ComeFromTheirOwnersAndSendGradientsBack) {
  // Rank 2 wants nothing, and rows 1 and 10 are wanted twice.
  const std::vector<std::vector<std::int64_t>> wanted{{10, 1, 3}, {0, 1, 2, 9, 10}, {}};
  torch::Tensor expected = torch::zeros({kRows, kWidth});
  for (std::size_t rank = 0; rank < wanted.size(); ++rank) {
    for (const std::int64_t row : wanted[rank]) expected[row] += static_cast<float>(rank + 1);
  }
  test::in_processes(3, [&](Collective& group) {
    const ShardedRows rows(&group, kRows);
    const auto rank = static_cast<std::size_t>(group.world().rank);
    EXPECT_EQ(rows.own_rows(), rank < 2 ? 4 : 3);
    const torch::Tensor own = rows.own_of(whole_table()).requires_grad_();
    ASSERT_EQ(own.size(0), rows.own_rows());
    for (int step = 1; step <= 2; ++step) {  // gradients of several passes add up
      const torch::Tensor taken = rows.take(own, wanted[rank]);
      const torch::Tensor places = torch::tensor(wanted[rank], torch::kLong);
      EXPECT_TRUE(torch::equal(taken, whole_table().index_select(0, places)));
      (taken * static_cast<float>(rank + 1)).sum().backward();
      EXPECT_TRUE(torch::equal(own.grad(), rows.own_of(expected) * step));
    }
    const torch::Tensor gathered = rows.gather(own);
    EXPECT_EQ(gathered.defined(), rank == 0);
    if (rank == 0) EXPECT_TRUE(torch::equal(gathered, whole_table()));
  });
}

struct Layers : torch::nn::Module {
  Layers() {
    table = register_parameter("table", torch::full({4, 2}, 0.5f));
    for (int i = 0; i < 3; ++i) {
      weights.push_back(register_parameter("weight" + std::to_string(i), torch::full({1100, 1000}, 0.001f)));
    }
    unused = register_parameter("unused", torch::ones({2, 2}));
    bias = register_parameter("bias", torch::zeros({1000}));
  }
  torch::Tensor forward(float value) {
    torch::Tensor state = torch::full({1, 1000}, value) + bias;
    for (const torch::Tensor& weight : weights) state = torch::linear(state, weight).narrow(1, 0, 1000);
    return state.sum() + table.sum() * value;
  }
  torch::Tensor table, unused, bias;
  std::vector<torch::Tensor> weights;
};

TEST(GradientBuckets, SumWhileTheBackwardPassRuns) {
  test::in_processes(2, [&](Collective& group) {
    Layers model;
    FlatParameters parameters(model);
    GradientBuckets buckets(parameters, group, 0, model.table.numel());  // the table is this process's own
    EXPECT_EQ(buckets.count(), 4);  // three weights of more than a bucket, and the bias
    for (int step = 0; step < 2; ++step) {
      const float value = static_cast<float>(group.world().rank + 1);
      model.forward(value).backward();  // gathered, not summed yet
      buckets.begin();
      model.forward(value).backward();
      buckets.finish();
      Layers both;
      for (const float each : {1.0f, 2.0f}) (both.forward(each) * 2).backward();
      EXPECT_TRUE(torch::allclose(model.bias.grad(), both.bias.grad()));
      for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_TRUE(torch::allclose(model.weights[i].grad(), both.weights[i].grad())) << i;
      }
      EXPECT_TRUE(torch::equal(model.table.grad(), torch::full({4, 2}, 2 * value)));
      EXPECT_TRUE(torch::equal(model.unused.grad(), torch::zeros({2, 2})));
      parameters.gradient().zero_();
    }
  });
}

// What is complete early is summed early: all but the buckets that hold a parameter without a gradient, and those
// after.
TEST(GradientBuckets, BeginInTheOrderOfLayers) {
  test::in_processes(2, [&](Collective& group) {
    Layers model;
    FlatParameters parameters(model);
    GradientBuckets buckets(parameters, group, 0, 0);
    buckets.begin();
    model.forward(1.0f).backward();
    buckets.finish();
    EXPECT_EQ(buckets.begun_early(), 0);  // `unused` is in the first bucket
    parameters.gradient().zero_();
    buckets.begin();
    (model.forward(1.0f) + model.unused.sum()).backward();
    buckets.finish();
    EXPECT_EQ(buckets.begun_early(), buckets.count());
  });
}

}  // namespace
}  // namespace p5
