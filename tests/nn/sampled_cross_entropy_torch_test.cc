#include "nn/sampled_cross_entropy_module.h"

#include <gtest/gtest.h>

#include <vector>

namespace p5 {
namespace {

// With and without evidence; the second row knows its label, the others do not.
class SampledSoftmaxTest : public testing::TestWithParam<bool> {
 protected:
  SampledSoftmaxTest() {
    torch::manual_seed(3);
    states_ = torch::randn({3, 4});
    items_ = torch::randn({7, 4});
    bias_ = torch::tensor({0.5f, -0.3f, 1.0f, 0.2f});
    for (torch::Tensor* each : {&states_, &items_, &bias_}) each->set_requires_grad(true);
    evidence_ = {.offsets = torch::tensor(std::vector<std::int64_t>{0, 1, 3, 4}),
                 .columns = torch::tensor(std::vector<std::int64_t>{4, 2, 3, 6}),
                 .bias = bias_,
                 .shares = torch::tensor({0.2f, 0.1f, 0.1f, 0.3f})};
  }
  const SparseLogits* evidence() const { return GetParam() ? &evidence_ : nullptr; }
  torch::Tensor full() const {
    if (GetParam()) return cross_entropy(states_, items_, labels_, evidence_);
    return torch::nll_loss(torch::linear(states_, items_).log_softmax(-1), labels_, {}, at::Reduction::None);
  }
  torch::Tensor sampled(const torch::Tensor& chances) const {
    return sampled_cross_entropy(states_, items_, labels_, evidence(), draw_columns(chances));
  }

  torch::Tensor states_, items_, bias_, labels_ = torch::tensor(std::vector<std::int64_t>{0, 3, 2});
  SparseLogits evidence_;
};

TEST_P(SampledSoftmaxTest, ThatDrawsAllColumnsIsTheSoftmax) {
  const torch::Tensor weights = torch::tensor({1.0f, -2.0f, 0.5f});
  std::vector<torch::Tensor> slopes;
  for (const torch::Tensor& losses : {full(), sampled(torch::ones({7}))}) {
    (losses * weights).sum().backward();
    for (torch::Tensor* each : {&states_, &items_, &bias_}) {
      slopes.push_back(each->grad().defined() ? each->grad().clone() : torch::zeros_like(*each));
      if (each->grad().defined()) each->mutable_grad().zero_();
    }
  }
  EXPECT_LT((full() - sampled(torch::ones({7}))).abs().max().item<double>(), 1e-5);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_LT((slopes[i] - slopes[i + 3]).abs().max().item<double>(), 1e-5) << i;
}

TEST_P(SampledSoftmaxTest, OfListedColumnsIsTheSoftmaxOverThem) {
  const std::vector<std::int64_t> offsets{0, 2, 5, 6}, columns{0, 4, 2, 3, 6, 2};
  const torch::Tensor target = torch::tensor({0.75f, 0.25f, 0.0f, 1.0f, 0.0f, 1.0f});
  torch::Tensor bias = torch::tensor({0.5f, 0.0f, -0.3f, 0.0f, 2.0f, 1.0f}).requires_grad_();
  const torch::Tensor weights = torch::tensor({1.0f, -2.0f, 0.5f});
  const auto by_rows = [&] {
    std::vector<torch::Tensor> losses;
    for (std::int64_t row = 0; row < 3; ++row) {
      const auto begin = offsets[static_cast<std::size_t>(row)],
                 count = offsets[static_cast<std::size_t>(row) + 1] - begin;
      const torch::Tensor own = torch::tensor(columns).narrow(0, begin, count);
      const torch::Tensor logits = items_.index_select(0, own).matmul(states_[row]) + bias.narrow(0, begin, count);
      losses.push_back(-(target.narrow(0, begin, count) * logits.log_softmax(0)).sum());
    }
    return torch::stack(losses);
  };
  const auto listed = [&] {
    return listed_cross_entropy(
        states_, items_,
        {.offsets = torch::tensor(offsets), .columns = torch::tensor(columns), .bias = bias, .target = target});
  };
  std::vector<torch::Tensor> slopes;
  for (const torch::Tensor& losses : {by_rows(), listed()}) {
    (losses * weights).sum().backward();
    for (torch::Tensor* each : {&states_, &items_, &bias}) {
      slopes.push_back(each->grad().clone());
      each->mutable_grad().zero_();
    }
  }
  EXPECT_LT((by_rows() - listed()).abs().max().item<double>(), 1e-5);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_LT((slopes[i] - slopes[i + 3]).abs().max().item<double>(), 1e-5) << i;
}

// exp(loss) is a sum over columns divided by what is certain, so its mean over draws is that of all columns.
TEST_P(SampledSoftmaxTest, EstimatesTheSumOverAllColumns) {
  const torch::NoGradGuard no_gradient;
  const torch::Tensor chances = torch::tensor({0.9f, 0.5f, 0.3f, 0.2f, 0.6f, 0.4f, 0.8f});
  constexpr int kDraws = 4000;
  torch::Tensor sums = torch::zeros({3});
  for (int draw = 0; draw < kDraws; ++draw) sums += sampled(chances).exp();
  EXPECT_LT((sums / kDraws / full().exp() - 1).abs().max().item<double>(), 0.04);
}

TEST_P(SampledSoftmaxTest, NothingDrawnComparesWhatIsCertain) {
  const torch::Tensor alone = sampled(torch::zeros({7}));
  EXPECT_TRUE(torch::isfinite(alone).all().item<bool>());
  if (!GetParam()) EXPECT_LT(alone.abs().max().item<double>(), 1e-6) << "a label among itself";
}

INSTANTIATE_TEST_SUITE_P(Evidence, SampledSoftmaxTest, testing::Bool());

TEST(SampledSoftmax, ChancesFollowTheWeightsAndSumToTheDraws) {
  const torch::Tensor weights = torch::tensor({100.0f, 1.0f, 2.0f, 3.0f, 4.0f});
  const torch::Tensor chances = chances_of(weights, 3);
  EXPECT_NEAR(chances.sum().item<double>(), 3.0, 1e-3);
  EXPECT_EQ(chances[0].item<double>(), 1.0);
  EXPECT_NEAR((chances[4] / chances[1]).item<double>(), 4.0, 1e-5);
  EXPECT_TRUE(torch::equal(chances_of(weights, 5), torch::ones({5})));
}

}  // namespace
}  // namespace p5
