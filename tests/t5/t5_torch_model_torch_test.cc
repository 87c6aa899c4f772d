// The module and its SequenceModel: golden checkpoints, weights, loss, gradients, refusals. The tests that need
// LibTorch are one translation unit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "model/sequence_model.h"
#include "nn/autocast_module.h"
#include "nn/fused_layers_module.h"
#include "nn/matrix_product.h"
#include "p5/error.h"
#include "support/temporary_folder.h"
#include "t5/model_batches.h"
#include "t5/t5_module.h"
#include "t5/t5_torch_model_module.h"
#include "t5/tensor_names.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using namespace p5::test;

// ---- the two golden checkpoints -----------------------------------------------------------------------------------

class GoldenTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    folder_ = test::shared_folder() / "fixtures" / GetParam();
    if (!fs::exists(folder_)) GTEST_SKIP() << "no fixtures beside this checkout";
    expected_ = json::parse(read_file(folder_ / "expected.json"));
    model_ = T5TorchModel::load(folder_, kCpu);
  }

  template <typename T>
  std::vector<T> flat(const std::string& key) const {
    std::vector<T> values;
    for (const json& row : expected_.at(key)) {
      for (const json& value : row) values.push_back(value.get<T>());
    }
    return values;
  }

  TokenBatch batch() const {
    TokenBatch batch;
    batch.rows = static_cast<std::int32_t>(expected_.at("input_ids").size());
    batch.source_length = static_cast<std::int32_t>(expected_.at("input_ids")[0].size());
    batch.source = flat<std::int32_t>("input_ids");
    batch.source_mask = flat<std::uint8_t>("attention_mask");
    return batch;
  }

  fs::path folder_;
  json expected_;
  std::unique_ptr<T5TorchModel> model_;
};

TEST_P(GoldenTest, LogitsAndEncoderStatesAreThoseOfTheReference) {
  // The recorded decoder inputs are not shifted labels, so the module is called directly.
  T5TorchModel& torch_model = *model_;
  torch_model.module().eval();
  const torch::NoGradGuard guard;
  const TokenBatch sources = batch();
  SourceTensors source;
  source.tokens = torch::tensor(flat<std::int64_t>("input_ids")).view({sources.rows, -1});
  source.mask = torch::tensor(flat<float>("attention_mask")).view({sources.rows, -1});
  const torch::Tensor input = torch::tensor(flat<std::int64_t>("decoder_input_ids"));
  const torch::Tensor encoded = torch_model.module().encode(source);
  const SequenceRuns runs = {{sources.rows, input.numel() / sources.rows}};
  const torch::Tensor logits =
      torch_model.module().logits(torch_model.module().decode(input, runs, encoded, source.mask));

  std::vector<float> wanted;
  for (const json& row : expected_.at("logits")) {
    for (const json& position : row) {
      for (const json& value : position) wanted.push_back(value.get<float>());
    }
  }
  const torch::Tensor reference = torch::tensor(wanted).view(logits.sizes());
  EXPECT_LE((logits - reference).abs().max().item<float>(), 1e-4f);

  const std::vector<float> states = flat<float>("encoder_last_hidden_state_row0_first4");
  const torch::Tensor first = encoded[0].narrow(0, 0, 4).reshape(-1);
  EXPECT_LE((first - torch::tensor(states)).abs().max().item<float>(), 1e-4f);

  const torch::Tensor labels = torch::tensor(flat<std::int64_t>("labels"));
  const torch::Tensor loss = torch::nll_loss(logits.view({-1, logits.size(-1)}).log_softmax(-1), labels);
  EXPECT_NEAR(loss.item<double>(), expected_.at("loss").get<double>(), 1e-4);
}

TEST_P(GoldenTest, GreedyTokensAreThoseOfTheReference) {
  const std::unique_ptr<NextTokenScorer> scorer = model_->start(batch());
  const auto wanted = expected_.at("greedy_12").get<std::vector<std::vector<TokenId>>>();
  std::vector<std::int32_t> source(wanted.size());
  std::iota(source.begin(), source.end(), 0);
  std::vector<std::int32_t> parent;
  std::vector<TokenId> last;
  for (std::size_t step = 0; step < wanted[0].size(); ++step) {
    ScoreResult result;
    scorer->score(
        {.source = source, .parent = parent, .last_token = last, .allowed_offsets = {}, .allowed = {}, .top = 1},
        result);
    parent = source;
    last.clear();
    for (std::size_t row = 0; row < wanted.size(); ++row) {
      last.push_back(result.values[result.offsets[row]].token);
      EXPECT_EQ(last.back(), wanted[row][step]) << "row " << row << ", step " << step;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Fixtures, GoldenTest, testing::Values("t5-tiny", "t5-tiny-gated"), [](const auto& fixture) {
  return std::string(fixture.param) == "t5-tiny" ? "Tiny" : "TinyGated";
});

// ---- the module ---------------------------------------------------------------------------------------------------

INSTANTIATE_TEST_SUITE_P(Forms, FormTest, testing::Bool(),
                         [](const auto& form) { return std::string(form.param ? "GatedUntied" : "ReluTied"); });

TEST_P(FormTest, WeightsAreTheExpectedTensors) {
  T5TorchModel model(spec(), 1, kCpu);
  const std::vector<ExpectedTensor> expected = expected_tensors(model.spec());
  const std::vector<NamedWeight> weights = model.module().weights();
  ASSERT_EQ(weights.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(weights[i].name, expected[i].name);
    EXPECT_EQ(weights[i].tensor.sizes().vec(), expected[i].shape) << expected[i].name;
  }
  std::int64_t held = 0;
  for (const torch::Tensor& parameter : model.module().parameters()) held += parameter.numel();
  EXPECT_EQ(held, model.spec().parameter_count());
}

TEST_P(FormTest, FreshWeightsFollowTheSeedAndT5sDeviations) {
  const T5Spec form = spec();
  T5TorchModel first(form, 7, kCpu), again(form, 7, kCpu), other(form, 8, kCpu);
  const auto weights = first.module().weights(), same = again.module().weights(), differing = other.module().weights();
  const std::map<std::string, double> deviations = {
      {"shared.weight", 1.0},
      {"encoder.whole_word_embeddings.weight", 1.0},
      {"encoder.block.0.layer.0.SelfAttention.q.weight", 1.0 / std::sqrt(32.0 * 8.0)},
      {"encoder.block.0.layer.0.SelfAttention.k.weight", 1.0 / std::sqrt(32.0)},
      {"encoder.block.0.layer.0.SelfAttention.v.weight", 1.0 / std::sqrt(32.0)},
      {"decoder.block.1.layer.1.EncDecAttention.o.weight", 1.0 / std::sqrt(32.0)},
      {"decoder.block.1.layer.2.DenseReluDense.wo.weight", 1.0 / std::sqrt(128.0)}};
  std::size_t checked = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    EXPECT_TRUE(torch::equal(weights[i].tensor, same[i].tensor)) << weights[i].name;
    const bool norm = weights[i].name.find("layer_norm") != std::string::npos;
    EXPECT_EQ(torch::equal(weights[i].tensor, differing[i].tensor), norm) << weights[i].name;
    if (norm) {
      EXPECT_TRUE(torch::equal(weights[i].tensor, torch::ones_like(weights[i].tensor)));
    }
    const auto wanted = deviations.find(weights[i].name);
    if (wanted == deviations.end()) continue;
    ++checked;
    EXPECT_NEAR(weights[i].tensor.std().item<double>() / wanted->second, 1.0, 0.12) << weights[i].name;
  }
  EXPECT_EQ(checked, deviations.size());
}

TEST_P(FormTest, FreshCrossAttentionMayBeginAsACopyAndEmbeddingsSmall) {
  T5Spec form = spec();
  form.initializer_copy = true;
  form.initializer_embedding = 0.1;
  T5TorchModel model(form, 7, kCpu);
  std::map<std::string, torch::Tensor> weights;
  for (const NamedWeight& weight : model.module().weights()) weights[weight.name] = weight.tensor;
  EXPECT_NEAR(weights.at("shared.weight").std().item<double>(), 0.1, 0.012);
  const std::string prefix = "decoder.block.1.layer.1.EncDecAttention.";
  const torch::Tensor copy = torch::matmul(weights.at(prefix + "o.weight"), weights.at(prefix + "v.weight"));
  EXPECT_TRUE(torch::allclose(copy, torch::eye(copy.size(0)), 1e-5, 1e-5)) << copy;
}

TEST_P(FormTest, FreshIdsAndWordPlacesMayBeSmallerThanWords) {
  T5Spec form = spec();
  form.first_id_row = form.vocab_size / 2;
  form.initializer_embedding = 1.0;
  form.initializer_id_embedding = 0.1;
  T5TorchModel model(form, 7, kCpu);
  for (const NamedWeight& weight : model.module().weights()) {
    if (weight.name == "shared.weight") {
      EXPECT_NEAR(weight.tensor.slice(0, 0, form.first_id_row).std().item<double>(), 1.0, 0.12);
      EXPECT_NEAR(weight.tensor.slice(0, form.first_id_row).std().item<double>(), 0.1, 0.012);
    }
    if (weight.name == kWholeWordName) {
      EXPECT_NEAR(weight.tensor.std().item<double>(), 0.1, 0.02);
    }
  }
}

TEST_P(FormTest, GradientsReachAllParameters) {
  T5TorchModel model(spec(), 3, kCpu);
  model.module().train();
  TokenBatch batch = random_batch({{40, 9}, {25, 6}, {33, 9}}, 4);
  batch.row_weight = {1.0f, 2.0f, 0.5f};
  model.training_loss(batch).mean.backward();
  for (const auto& parameter : model.module().named_parameters()) {
    ASSERT_TRUE(parameter.value().grad().defined()) << parameter.key();
    EXPECT_GT(parameter.value().grad().abs().sum().item<double>(), 0.0) << parameter.key();
    EXPECT_TRUE(parameter.value().grad().isfinite().all().item<bool>()) << parameter.key();
  }
}

// What a GPU trains with, here by the CPU's layers of the same name.
TEST_P(FormTest, HalfPrecisionProductsLeaveWeightsAndTheLossNearby) {
  const PlainLayers plain;
  T5TorchModel model(spec(), 3, kCpu);
  model.module().eval();
  const TokenBatch batch = random_batch({{40, 9}, {25, 6}, {33, 9}}, 4);
  const auto loss_and_gradients = [&](bool half) {
    model.module().zero_grad();
    TrainingLoss loss = [&] {
      const AutocastScope products(torch::kCPU, half);
      return model.training_loss(batch);
    }();
    loss.mean.backward();
    std::vector<torch::Tensor> gradients;
    for (const torch::Tensor& parameter : model.module().parameters()) {
      EXPECT_EQ(parameter.grad().scalar_type(), torch::kFloat);
      gradients.push_back(parameter.grad().flatten().clone());
    }
    return std::pair(loss.mean.item<double>(), torch::cat(gradients));
  };
  const auto [exact, exact_gradient] = loss_and_gradients(false);
  const auto [half, half_gradient] = loss_and_gradients(true);
  EXPECT_NE(half, exact);
  EXPECT_NEAR(half, exact, 0.02 * exact);
  const double error = ((half_gradient - exact_gradient).norm() / exact_gradient.norm()).item<double>();
  EXPECT_GT(error, 1e-4);
  EXPECT_LT(error, 0.05);
  EXPECT_EQ(loss_and_gradients(false).first, exact) << "the scope is closed";
}

// Products are rounded, sums of them are not: sixteen blocks must not each round what the ones before found.
TEST_P(FormTest, HalfPrecisionProductsLeaveTheResidualStreamAlone) {
  const PlainLayers plain;
  torch::manual_seed(8);
  T5BlockModule block(spec(), T5BlockModule::Stack::kEncoder);
  for (torch::Tensor& parameter : block.parameters()) torch::nn::init::normal_(parameter, 0, 0.2);
  block.eval();
  const torch::NoGradGuard guard;
  const torch::Tensor states = torch::randn({2, 9, spec().d_model});
  const ScoreBias bias = {torch::randn({1, spec().num_heads, 9, 9}), {}};
  const AutocastScope products(torch::kCPU, true);
  const torch::Tensor result = block.encode(states, bias);
  EXPECT_EQ(result.scalar_type(), torch::kFloat);
  EXPECT_FALSE(torch::equal(result, result.to(torch::kBFloat16).to(torch::kFloat)));
}

TEST_P(FormTest, GradientOfTheLossIsItsSlope) {
  T5TorchModel model(spec(), 5, kCpu);
  model.module().eval();
  const TokenBatch batch = random_batch({{12, 5}, {9, 4}}, 6);
  model.training_loss(batch).mean.backward();
  torch::manual_seed(7);
  for (const auto& parameter : model.module().named_parameters()) {
    const torch::NoGradGuard guard;
    torch::Tensor values = parameter.value();
    // Along the gradient the slope is the gradient's norm.
    const torch::Tensor gradient = values.grad();
    const double norm = gradient.norm().item<double>();
    const torch::Tensor step = gradient * (2e-3 / norm);
    values.add_(step);
    const double up = model.training_loss(batch).mean.item<double>();
    values.sub_(step, 2);
    const double down = model.training_loss(batch).mean.item<double>();
    values.add_(step);
    EXPECT_NEAR((up - down) / 4e-3, norm, 0.03 * norm + 1e-3) << parameter.key();
  }
}

TEST_P(FormTest, LossIsTheWeightedMeanOverKeptTokens) {
  T5TorchModel model(spec(), 9, kCpu);
  model.module().eval();
  TokenBatch batch = random_batch({{10, 4}, {7, 2}, {12, 6}}, 10);
  const LogitsResult result = model.logits(batch);
  const std::vector<float> scores = model.score_targets(batch);
  const TrainingLoss plain = model.training_loss(batch);
  EXPECT_EQ(plain.tokens, 12.0);
  double sum = 0;
  const std::vector<double> counts = {4, 2, 6};
  for (std::size_t row = 0; row < 3; ++row) {
    sum -= scores[row];
    EXPECT_NEAR(plain.rows[static_cast<std::int64_t>(row)].item<double>(), -scores[row] / counts[row], 1e-4);
  }
  EXPECT_NEAR(plain.mean.item<double>(), sum / 12.0, 1e-5);
  EXPECT_NEAR(result.loss, sum / 12.0, 1e-5);

  // By hand from the logits.
  const torch::Tensor logits = torch::tensor(result.logits).view({3, 6, 96}).log_softmax(-1);
  double by_hand = 0;
  for (int i = 0; i < 18; ++i) {
    if (batch.target_mask[static_cast<std::size_t>(i)] != 0) {
      by_hand -= logits[i / 6][i % 6][batch.target[static_cast<std::size_t>(i)]].item<double>();
    }
  }
  EXPECT_NEAR(by_hand, sum, 1e-4);

  batch.row_weight = {0.0f, 3.0f, 1.0f};
  const TrainingLoss weighted = model.training_loss(batch);
  EXPECT_EQ(weighted.tokens, 12.0);
  EXPECT_NEAR(weighted.mean.item<double>(), -(3.0 * scores[1] + scores[2]) / 12.0, 1e-5);
}

// Short answers are not padded to sentences, and nothing of the loss depends on it.
TEST_P(FormTest, AnswersOfAllLengthsHaveTheLossAndGradientOfEachAlone) {
  T5TorchModel model(spec(), 9, kCpu);
  model.module().eval();
  TokenBatch batch = random_batch({{10, 2}, {7, 2}, {12, 3}, {5, 38}, {9, 2}, {11, 40}, {3, 1}}, 10);
  batch.row_weight = {1.0f, 0.5f, 2.0f, 1.0f, 0.0f, 0.25f, 1.0f};
  for (const bool plain : {false, true}) {
    std::optional<PlainLayers> layers;
    if (plain) layers.emplace();
    const auto gradient = [&] {
      std::vector<torch::Tensor> gradients;
      for (const torch::Tensor& parameter : model.module().parameters()) {
        gradients.push_back(parameter.grad().flatten().clone());
      }
      model.module().zero_grad();
      return torch::cat(gradients);
    };
    const TrainingLoss together = model.training_loss(batch);
    EXPECT_EQ(together.padded_tokens, 7 * 12 + 3 * 3 + 38 + 2 + 40 + 1) << "the first three answers share a run";
    together.mean.backward();
    const torch::Tensor of_batch = gradient();
    double sum = 0;
    for (std::int32_t row = 0; row < batch.rows; ++row) {
      const float weight = batch.row_weight[static_cast<std::size_t>(row)];
      const TrainingLoss alone = model.training_loss(single_row(batch, row));
      (alone.mean * (weight * alone.tokens / together.tokens)).backward();
      sum += alone.mean.item<double>() * weight * alone.tokens;
      EXPECT_NEAR(together.rows[row].item<double>(), alone.mean.item<double>(), 1e-4) << row;
    }
    EXPECT_NEAR(together.mean.item<double>(), sum / together.tokens, 1e-5);
    const torch::Tensor of_rows = gradient();
    EXPECT_LE(((of_batch - of_rows).norm() / of_rows.norm()).item<double>(), 1e-5) << (plain ? "plain" : "fused");
  }
}

TEST_P(FormTest, Pitfall09PaddingChangesNeitherLossNorLogits) {
  T5TorchModel model(spec(), 11, kCpu);
  const TokenBatch batch = random_batch({{14, 5}, {6, 3}, {9, 2}}, 12);
  const LogitsResult together = model.logits(batch);
  const std::vector<float> scores = model.score_targets(batch);
  for (std::int32_t row = 0; row < batch.rows; ++row) {
    const TokenBatch one = single_row(batch, row);
    const LogitsResult alone = model.logits(one);
    EXPECT_NEAR(alone.loss * one.target_length, -scores[static_cast<std::size_t>(row)], 1e-4);
    for (std::size_t i = 0; i < alone.logits.size(); ++i) {
      const std::size_t start = static_cast<std::size_t>(row * batch.target_length) * 96;
      ASSERT_NEAR(alone.logits[i], together.logits[start + i], 1e-4) << row;
    }
    for (std::size_t i = 0; i < alone.encoder_states.size(); ++i) {
      const std::size_t start = static_cast<std::size_t>(row * batch.source_length) * 32;
      ASSERT_NEAR(alone.encoder_states[i], together.encoder_states[start + i], 1e-4) << row;
    }
  }
}

TEST_P(FormTest, Pitfall07WholeWordRowsChangeTheLogits) {
  T5TorchModel model(spec(), 13, kCpu);
  TokenBatch batch = random_batch({{14, 5}}, 14);
  const LogitsResult with = model.logits(batch);
  batch.whole_word.clear();
  const LogitsResult without = model.logits(batch);
  double difference = 0;
  for (std::size_t i = 0; i < with.logits.size(); ++i) {
    difference = std::max<double>(difference, std::abs(with.logits[i] - without.logits[i]));
  }
  EXPECT_GT(difference, 1e-3);
}

TEST(T5TorchModel, DropoutActsInTrainingOnlyAndFollowsTheSeed) {
  T5TorchModel model(nano(), 15, kCpu);
  const TokenBatch batch = random_batch({{14, 5}, {8, 3}}, 16);
  const auto loss = [&](std::uint64_t seed) {
    torch::manual_seed(seed);
    return model.training_loss(batch).mean.item<double>();
  };
  model.module().eval();
  EXPECT_EQ(loss(1), loss(2));
  model.module().train();
  EXPECT_EQ(loss(1), loss(1));
  EXPECT_NE(loss(1), loss(2));
  EXPECT_EQ(model.logits(batch).loss, model.logits(batch).loss);  // evaluation mode, and back again
  EXPECT_TRUE(model.module().is_training());
}

TEST(T5TorchModel, RefusesBatchesThatTheDeviceMustNotSee) {
  T5TorchModel model(nano(), 17, kCpu);
  const TokenBatch good = random_batch({{6, 3}, {4, 2}}, 18);
  const auto refused = [&](auto change) {
    TokenBatch batch = good;
    change(batch);
    try {
      model.training_loss(batch);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << error.what();
      return true;
    }
    return false;
  };
  EXPECT_FALSE(refused([](TokenBatch&) {}));
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.source[2] = 96; }));
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.source[2] = -1; }));
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.target[1] = 96; }));
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.whole_word[0] = 512; }));  // pitfall 37
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.source_mask.pop_back(); }));
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.target_mask.assign(batch.target_mask.size(), 0); }));
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.row_weight = {1.0f}; }));
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.objective = 7; }));
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.row_weight = {1.0f, NAN}; }));
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.rows = 0; }));
  EXPECT_TRUE(refused([](TokenBatch& batch) {
    batch.target_length = 0;
    batch.target.clear();
    batch.target_mask.clear();
  }));
}

// Two models of one process keep the precision they were made with, forward and backward, whatever the order of calls.
TEST(T5TorchModelOnTheCpu, PrecisionBelongsToTheModel) {
  const auto model_of = [](const char* matmul) {
    auto model =
        std::make_unique<T5TorchModel>(nano(), 71, DeviceOptions{.device = "cpu", .threads = 1, .matmul = matmul});
    model->module().eval();  // no dropout
    return model;
  };
  const TokenBatch batch = random_batch({{14, 5}, {9, 3}}, 72);
  const auto gradient_of = [](T5TorchModel& model) {
    std::vector<torch::Tensor> flat;
    for (const torch::Tensor& weight : model.module().parameters()) {
      if (weight.grad().defined()) flat.push_back(weight.grad().reshape({-1}));
    }
    return torch::cat(flat);
  };
  const auto alone = [&](const char* matmul) {
    const auto model = model_of(matmul);
    model->training_loss(batch).mean.backward();
    return gradient_of(*model);
  };
  const torch::Tensor exact = alone("highest"), rough = alone("medium");
  const auto first = model_of("highest"), second = model_of("medium");
  const TrainingLoss one = first->training_loss(batch), two = second->training_loss(batch);
  one.mean.backward();
  two.mean.backward();
  EXPECT_TRUE(torch::equal(gradient_of(*first), exact));
  EXPECT_TRUE(torch::equal(gradient_of(*second), rough));
  EXPECT_EQ(!torch::equal(exact, rough), matrix_kernel() != MatrixKernel::kFloat);
  const std::vector<float> scores = first->score_targets(batch), rough_scores = second->score_targets(batch);
  EXPECT_EQ(first->score_targets(batch), scores);
  EXPECT_EQ(scores != rough_scores, matrix_kernel() != MatrixKernel::kFloat);
  EXPECT_EQ(matrix_precision(), MatrixPrecision::kHighest);  // of the thread, as before
}

}  // namespace
}  // namespace p5
