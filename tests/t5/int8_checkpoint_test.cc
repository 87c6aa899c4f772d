#include "t5/int8_checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "p5/error.h"
#include "support/temporary_folder.h"
#include "t5/random_checkpoint.h"
#include "t5/scorer_walk.h"
#include "t5/t5_checkpoint.h"
#include "t5/t5_cpu_model.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using namespace p5::test;

class Int8CheckpointTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    write_random_checkpoint(whole(), spec(), 11);
    write_int8_checkpoint(small(), spec(), open_t5_weights(whole()));
  }

  static T5Spec spec() {
    T5Spec spec = GetParam() ? gated_nano() : nano();
    spec.vocab_size = 400;
    return spec;
  }
  fs::path whole() const { return folder_.path() / "whole"; }
  fs::path small() const { return folder_.path() / "small"; }

  TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Forms, Int8CheckpointTest, testing::Bool(),
                         [](const auto& form) { return std::string(form.param ? "GatedUntied" : "ReluTied"); });

double relative_error(const std::vector<float>& got, const std::vector<float>& wanted) {
  double error = 0, norm = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    error += (got[i] - wanted[i]) * (got[i] - wanted[i]);
    norm += wanted[i] * wanted[i];
  }
  return std::sqrt(error / norm);
}

TEST_P(Int8CheckpointTest, TakesAQuarterOfTheBytes) {
  const auto before = fs::file_size(whole() / "model.safetensors"),
             after = fs::file_size(small() / "model.safetensors");
  EXPECT_LT(after * 10, before * 4);  // rows of 32 numbers have a scale of four bytes each, and headers are long here
  const SafetensorsFile file = open_t5_weights(small());
  EXPECT_EQ(file.find(kSharedName)->type, TensorType::kI8);
  EXPECT_EQ(file.find(kSharedName)->scales.size(), 400 * sizeof(float));
  EXPECT_EQ(file.find("encoder.final_layer_norm.weight")->type, TensorType::kF32);
  EXPECT_EQ(file.find("decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight")->type, TensorType::kF32);
}

TEST_P(Int8CheckpointTest, AnswersAlmostAsBefore) {
  const TokenBatch batch = random_batch({{20, 6}, {13, 4}, {3, 2}}, 12, 400);
  const LogitsResult before = T5CpuModel::load(whole(), kCpu)->logits(batch);
  const LogitsResult after = T5CpuModel::load(small(), kCpu)->logits(batch);
  EXPECT_LT(relative_error(after.encoder_states, before.encoder_states), 0.03);
  EXPECT_LT(relative_error(after.logits, before.logits), 0.06);
  EXPECT_GT(relative_error(after.logits, before.logits), 1e-4) << "it is not multiplied in 8 bits";
}

// Step by step, in searches, the engine gives what it gives over whole targets.
TEST_P(Int8CheckpointTest, StepsAgreeWithWholeTargets) {
  const auto model = T5CpuModel::load(small(), kCpu);
  const TokenBatch batch = random_batch({{20, 6}, {13, 4}}, 13, 400);
  const std::vector<float> scores = model->score_targets(batch);
  for (std::int32_t row = 0; row < 2; ++row) {
    const TokenBatch one = single_row(batch, row);
    const auto scorer = model->start(one);
    float sum = 0;
    TokenId last = kPadToken;
    for (const TokenId token : one.target) {
      ScoreRequest request;
      const std::vector<std::int32_t> source = {0}, parent = {0};
      const std::vector<TokenId> tokens = {last};
      request.source = source;
      if (last != kPadToken) {
        request.parent = parent;
        request.last_token = tokens;
      }
      request.top = 400;
      ScoreResult result;
      scorer->score(request, result);
      for (const auto& value : result.values) {
        if (value.token == token) sum += value.log_probability;
      }
      last = token;
    }
    EXPECT_NEAR(sum, scores[static_cast<std::size_t>(row)], 0.05 * std::abs(sum)) << row;
  }
}

// The way back: in float32 they are the numbers that the integers stand for, and rounding those changes nothing.
TEST_P(Int8CheckpointTest, FloatsOfItRoundToTheSameIntegers) {
  const fs::path floats = folder_.path() / "floats", again = folder_.path() / "again";
  T5CpuModel::load(small(), kCpu)->save(floats);
  EXPECT_EQ(open_t5_weights(floats).find(kSharedName)->type, TensorType::kF32);
  write_int8_checkpoint(again, spec(), open_t5_weights(floats));
  EXPECT_EQ(read_file(again / "model.safetensors"), read_file(small() / "model.safetensors"));
}

TEST_P(Int8CheckpointTest, SaysThatItIsUntied) {
  EXPECT_EQ(dynamic_cast<const T5Spec&>(T5CpuModel::load(small(), kCpu)->spec()).tie_word_embeddings, !GetParam());
}

TEST(Int8Checkpoint, RefusesWeightsThatAreNotFinite) {
  const TemporaryFolder folder;
  write_random_checkpoint(folder.path() / "whole", nano(), 14);
  SafetensorsFile file = open_t5_weights(folder.path() / "whole");
  const std::string name = "encoder.block.0.layer.1.DenseReluDense.wi.weight";
  std::vector<float> values(static_cast<std::size_t>(file.find(name)->element_count()), 1.0f);
  values[7] = std::numeric_limits<float>::quiet_NaN();
  file.put(name, file.find(name)->shape, std::move(values));
  try {
    write_int8_checkpoint(folder.path() / "small", nano(), file);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupted);
    EXPECT_THAT(error.what(), testing::HasSubstr(name));
  }
}

TEST(Int8Checkpoint, RefusesWidthsWhoseSumsMayNotFit) {
  T5Spec spec = nano();
  EXPECT_NO_THROW(require_int8_widths(spec, "here"));
  spec.d_ff = (1 << 16) + 1;
  EXPECT_THROW(require_int8_widths(spec, "here"), Error);
}

}  // namespace
}  // namespace p5
