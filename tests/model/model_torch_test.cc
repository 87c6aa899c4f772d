// Everything of src/model that lies behind the wall, in one translation unit.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "model/safetensors.h"
#include "model/sequence_model.h"
#include "model/t5_scorer_module.h"
#include "model/tensor_names.h"
#include "model/torch_sequence_model_module.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::TemporaryFolder;

const DeviceOptions kCpu{.device = "cpu", .threads = 0};

ModelSpec nano(std::int64_t vocab = 96) {
  ModelSpec spec = ModelSpec::preset("nano");
  spec.vocab_size = vocab;
  return spec;
}

ModelSpec gated_nano() {
  ModelSpec spec = nano();
  spec.feed_forward_proj = "gated-gelu";
  spec.tie_word_embeddings = false;
  spec.scale_decoder_outputs = false;
  return spec;
}

// Rows of random tokens with the given lengths; targets end in the end token.
TokenBatch random_batch(const std::vector<std::pair<int, int>>& lengths, std::uint32_t seed, std::int32_t vocab = 96) {
  std::mt19937 generator(seed);
  const auto draw = [&] { return static_cast<TokenId>(3 + generator() % static_cast<std::uint32_t>(vocab - 3)); };
  TokenBatch batch;
  batch.rows = static_cast<std::int32_t>(lengths.size());
  for (const auto& [source, target] : lengths) {
    batch.source_length = std::max(batch.source_length, source);
    batch.target_length = std::max(batch.target_length, target);
  }
  for (const auto& [source, target] : lengths) {
    for (int i = 0; i < batch.source_length; ++i) {
      const bool keep = i < source;
      batch.source.push_back(!keep ? kPadToken : i == source - 1 ? kEndToken : draw());
      batch.source_mask.push_back(keep ? 1 : 0);
      batch.whole_word.push_back(keep && i < source - 1 ? 1 + i / 2 : 0);
    }
    for (int i = 0; i < batch.target_length; ++i) {
      const bool keep = i < target;
      batch.target.push_back(!keep ? kPadToken : i == target - 1 ? kEndToken : draw());
      batch.target_mask.push_back(keep ? 1 : 0);
    }
  }
  return batch;
}

// Row `row` of a batch alone, without its padding.
TokenBatch single_row(const TokenBatch& batch, std::int32_t row) {
  TokenBatch one;
  one.rows = 1;
  for (std::int32_t i = row * batch.source_length; i < (row + 1) * batch.source_length; ++i) {
    if (batch.source_mask[i] == 0) continue;
    one.source.push_back(batch.source[i]);
    one.source_mask.push_back(1);
    if (!batch.whole_word.empty()) one.whole_word.push_back(batch.whole_word[i]);
  }
  for (std::int32_t i = row * batch.target_length; i < (row + 1) * batch.target_length; ++i) {
    if (batch.target_mask[i] == 0) continue;
    one.target.push_back(batch.target[i]);
    one.target_mask.push_back(1);
  }
  one.source_length = static_cast<std::int32_t>(one.source.size());
  one.target_length = static_cast<std::int32_t>(one.target.size());
  return one;
}

// ---- the two golden checkpoints -----------------------------------------------------------------------------------

class GoldenTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    folder_ = test::shared_folder() / "fixtures" / GetParam();
    if (!fs::exists(folder_)) GTEST_SKIP() << "no fixtures beside this checkout";
    expected_ = json::parse(read_file(folder_ / "expected.json"));
    model_ = load_sequence_model(folder_, kCpu);
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
  std::unique_ptr<SequenceModel> model_;
};

TEST_P(GoldenTest, LogitsAndEncoderStatesAreThoseOfTheReference) {
  // The recorded decoder inputs are no shifted labels, so the module is asked directly.
  auto& torch_model = dynamic_cast<TorchSequenceModel&>(*model_);
  torch_model.module().eval();
  const torch::NoGradGuard guard;
  const TokenBatch sources = batch();
  SourceTensors source;
  source.tokens = torch::tensor(flat<std::int64_t>("input_ids")).view({sources.rows, -1});
  source.mask = torch::tensor(flat<float>("attention_mask")).view({sources.rows, -1});
  const torch::Tensor input = torch::tensor(flat<std::int64_t>("decoder_input_ids")).view({sources.rows, -1});
  const torch::Tensor encoded = torch_model.module().encode(source);
  const torch::Tensor logits = torch_model.module().logits(torch_model.module().decode(input, encoded, source.mask));

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

INSTANTIATE_TEST_SUITE_P(Fixtures, GoldenTest, testing::Values("t5-tiny", "t5-tiny-gated"),
                         [](const auto& info) { return std::string(info.param) == "t5-tiny" ? "Tiny" : "TinyGated"; });

}  // namespace
}  // namespace p5
