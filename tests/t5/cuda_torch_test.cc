// A GPU against the CPU, where there is one: the same checkpoint, the same batches. Skipped elsewhere.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "decode/beam_search.h"
#include "decode/excluding_constraint.h"
#include "decode/trie_searcher.h"
#include "nn/autocast_module.h"
#include "support/temporary_folder.h"
#include "t5/graphed_pass_module.h"
#include "t5/model_batches.h"
#include "t5/t5_torch_model_module.h"

namespace p5 {
namespace {

using namespace p5::test;

double relative_error(const std::vector<float>& got, const std::vector<float>& expected) {
  double error = 0, norm = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    error += (got[i] - expected[i]) * (got[i] - expected[i]);
    norm += expected[i] * expected[i];
  }
  return std::sqrt(error / norm);
}

struct LossAndGradient {
  double loss = 0;
  torch::Tensor gradient;  // of all parameters, on the CPU
};

LossAndGradient loss_and_gradient(T5TorchModel& model, const TokenBatch& batch, bool half = false) {
  model.module().eval();  // without dropout, whose masks differ between devices
  model.module().zero_grad();
  TrainingLoss loss = [&] {
    const AutocastScope products(model.torch_device(), half);
    return model.training_loss(batch);
  }();
  loss.mean.backward();
  std::vector<torch::Tensor> gradients;
  for (const torch::Tensor& parameter : model.module().parameters()) {
    gradients.push_back(parameter.grad().flatten().to(torch::kCPU));
  }
  return {loss.mean.item<double>(), torch::cat(gradients)};
}

double relative_error(const torch::Tensor& got, const torch::Tensor& expected) {
  return ((got - expected).norm() / expected.norm()).item<double>();
}

bool tensor_float_32() { return at::globalContext().float32MatmulPrecision() != at::Float32MatmulPrecision::HIGHEST; }

class CudaTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (!torch::cuda::is_available()) GTEST_SKIP() << "no CUDA device";
    T5Spec spec = GetParam() ? gated_nano() : nano();
    spec.initializer_embedding = 0.2;  // logits that leave no token certain, so that searches have no ties
    cpu_ = std::make_unique<T5TorchModel>(spec, 3, kCpu);
    cpu_->save(folder_.path());
    cuda_ = on_cuda("highest");
  }
  std::unique_ptr<T5TorchModel> on_cuda(const char* matmul) const {
    return T5TorchModel::load(folder_.path(), {.device = "cuda", .threads = 0, .matmul = matmul});
  }

  const TemporaryFolder folder_;
  const TokenBatch batch_ = random_batch({{40, 9}, {25, 6}, {33, 9}, {7, 2}}, 4);
  std::unique_ptr<T5TorchModel> cpu_, cuda_;
};

INSTANTIATE_TEST_SUITE_P(Gated, CudaTest, testing::Bool());

TEST_P(CudaTest, LogitsAndScoresAreThoseOfTheCpu) {
  EXPECT_EQ(cuda_->device(), "cuda:0");
  const LogitsResult got = cuda_->logits(batch_), expected = cpu_->logits(batch_);
  ASSERT_EQ(got.logits.size(), expected.logits.size());
  EXPECT_LT(relative_error(got.logits, expected.logits), 1e-5);
  EXPECT_LT(relative_error(got.encoder_states, expected.encoder_states), 1e-5);
  EXPECT_NEAR(got.loss, expected.loss, 1e-5 * expected.loss);
  EXPECT_LT(relative_error(cuda_->score_targets(batch_), cpu_->score_targets(batch_)), 1e-5);
}

TEST_P(CudaTest, TrainingLossAndGradientAreThoseOfTheCpu) {
  const LossAndGradient got = loss_and_gradient(*cuda_, batch_), expected = loss_and_gradient(*cpu_, batch_);
  EXPECT_NEAR(got.loss, expected.loss, 1e-5 * expected.loss);
  EXPECT_LT(relative_error(got.gradient, expected.gradient), 1e-4);
}

TEST_P(CudaTest, SearchesFindWhatTheCpuFinds) {
  const BeamOptions options{.beams = 5, .max_length = 12};
  const auto got = beam_search(*cuda_->start(batch_), {}, options);
  const auto expected = beam_search(*cpu_->start(batch_), {}, options);
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t source = 0; source < got.size(); ++source) {
    ASSERT_EQ(got[source].size(), expected[source].size());
    for (std::size_t i = 0; i < got[source].size(); ++i) {
      EXPECT_EQ(got[source][i].tokens, expected[source][i].tokens) << source << " " << i;
      EXPECT_NEAR(got[source][i].score, expected[source][i].score, 1e-4);
    }
  }
}

TEST_P(CudaTest, SearchesOfATrieFindWhatTheCpuFinds) {
  std::vector<std::vector<TokenId>> paths;
  std::vector<std::string> names;
  for (TokenId a = 3; a < 9; ++a) {
    for (TokenId b = 20; b < 27; ++b) {
      paths.push_back({a, b, static_cast<TokenId>(40 + (a * b) % 11)});
      names.push_back("item_" + std::to_string(names.size()));
    }
  }
  const ItemIndex index("test", paths, names);
  const ItemTrie trie(index);
  const ExcludingConstraint some(trie, index, std::vector<ItemId>{0, 1, 2, 7, 30});
  const TrieConstraint all(trie);
  const std::vector<const TokenConstraint*> constraints = {&all, &some, &all, &some};
  const BeamOptions options{.beams = 5, .max_length = static_cast<std::int32_t>(trie.depth()), .rules = {}};
  const auto expected = beam_search(*cpu_->start(batch_), constraints, options);
  for (int search = 1; search <= 3; ++search) {  // as it is, recorded, replayed
    const auto scorer = cuda_->start(batch_);
    ASSERT_NE(dynamic_cast<TrieSearcher*>(scorer.get()), nullptr);
    const auto got = beam_search(*scorer, constraints, options);
    for (std::size_t source = 0; source < got.size(); ++source) {
      ASSERT_EQ(got[source].size(), expected[source].size());
      for (std::size_t i = 0; i < got[source].size(); ++i) {
        EXPECT_EQ(got[source][i].tokens, expected[source][i].tokens) << search << " " << source << " " << i;
        EXPECT_EQ(got[source][i].state, expected[source][i].state);
        EXPECT_NEAR(got[source][i].score, expected[source][i].score, 1e-4);
      }
    }
  }
}

// The first pass runs, the second is recorded and replayed, the third replayed; all add the same gradient.
TEST_P(CudaTest, RecordedPassesAddTheGradientOfTheCpu) {
  const LossAndGradient expected = loss_and_gradient(*cpu_, batch_);
  auto& module = dynamic_cast<T5Module&>(cuda_->module());
  loss_and_gradient(*cuda_, batch_);  // gives every parameter a gradient
  module.zero_grad();
  for (torch::Tensor& parameter : module.parameters()) parameter.mutable_grad() = torch::zeros_like(parameter);
  GraphedPasses passes(module, cuda_->spec(), cuda_->torch_device(), false);
  for (int pass = 1; pass <= 4; ++pass) {
    const TrainingPass got = passes.add_gradients(batch_);
    EXPECT_NEAR(got.mean, expected.loss, 1e-5 * expected.loss) << pass;
    std::vector<torch::Tensor> gradients;
    for (const torch::Tensor& parameter : module.parameters()) {
      gradients.push_back(parameter.grad().flatten().to(torch::kCPU));
    }
    EXPECT_LT(relative_error(torch::cat(gradients) / (pass * got.tokens), expected.gradient), 1e-4) << pass;
    EXPECT_EQ(passes.recorded(), pass == 1 ? 0 : 1);
  }
}

TEST_P(CudaTest, TensorFloat32IsAskedFor) {
  EXPECT_FALSE(tensor_float_32());
  const LogitsResult exact = cuda_->logits(batch_);
  for (const char* matmul : {"high", "medium"}) {
    const auto model = on_cuda(matmul);
    EXPECT_TRUE(tensor_float_32());
    EXPECT_LT(relative_error(model->logits(batch_).logits, exact.logits), 0.01) << matmul;
  }
  on_cuda("highest");
  EXPECT_FALSE(tensor_float_32());
}

TEST_P(CudaTest, Bfloat16StaysNearFloat32) {
  const LossAndGradient exact = loss_and_gradient(*cuda_, batch_), half = loss_and_gradient(*cuda_, batch_, true);
  EXPECT_NE(half.loss, exact.loss);
  EXPECT_NEAR(half.loss, exact.loss, 0.02 * exact.loss);
  EXPECT_LT(relative_error(half.gradient, exact.gradient), 0.08);
}

}  // namespace
}  // namespace p5
