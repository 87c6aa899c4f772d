// Everything of src/model that lies behind the wall, in one translation unit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "model/safetensors.h"
#include "model/sequence_model.h"
#include "model/t5_scorer_module.h"
#include "model/tensor_names.h"
#include "model/torch_guard_module.h"
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

INSTANTIATE_TEST_SUITE_P(Fixtures, GoldenTest, testing::Values("t5-tiny", "t5-tiny-gated"), [](const auto& fixture) {
  return std::string(fixture.param) == "t5-tiny" ? "Tiny" : "TinyGated";
});

// ---- the module ---------------------------------------------------------------------------------------------------

class FormTest : public testing::TestWithParam<bool> {
 protected:
  ModelSpec spec() const { return GetParam() ? gated_nano() : nano(); }
};
INSTANTIATE_TEST_SUITE_P(Forms, FormTest, testing::Bool(),
                         [](const auto& form) { return std::string(form.param ? "GatedUntied" : "ReluTied"); });

TEST_P(FormTest, WeightsAreTheExpectedTensors) {
  TorchSequenceModel model(spec(), 1, kCpu);
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
  const ModelSpec form = spec();
  TorchSequenceModel first(form, 7, kCpu), again(form, 7, kCpu), other(form, 8, kCpu);
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

TEST_P(FormTest, GradientsReachAllParameters) {
  TorchSequenceModel model(spec(), 3, kCpu);
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

TEST_P(FormTest, GradientOfTheLossIsItsSlope) {
  TorchSequenceModel model(spec(), 5, kCpu);
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
  TorchSequenceModel model(spec(), 9, kCpu);
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

TEST_P(FormTest, PaddingChangesNeitherLossNorLogits) {
  TorchSequenceModel model(spec(), 11, kCpu);
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

TEST_P(FormTest, WholeWordRowsChangeTheLogits) {
  TorchSequenceModel model(spec(), 13, kCpu);
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

TEST(TorchSequenceModel, DropoutActsInTrainingOnlyAndFollowsTheSeed) {
  TorchSequenceModel model(nano(), 15, kCpu);
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

TEST(TorchSequenceModel, RefusesBatchesThatTheDeviceMustNotSee) {
  TorchSequenceModel model(nano(), 17, kCpu);
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
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.row_weight = {1.0f, NAN}; }));
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.rows = 0; }));
  EXPECT_TRUE(refused([](TokenBatch& batch) {
    batch.target_length = 0;
    batch.target.clear();
    batch.target_mask.clear();
  }));
}

TEST(TorchSequenceModel, DevicesAreNamedAndMissingOnesRefused) {
  const auto code = [](const std::string& device) {
    try {
      open_device({.device = device, .threads = 0});
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kNotFound;  // none was thrown
  };
  EXPECT_EQ(code("cpu"), ErrorCode::kNotFound);
  EXPECT_EQ(code("auto"), ErrorCode::kNotFound);
  EXPECT_EQ(code("cuda:999"), ErrorCode::kUnavailable);
  for (const char* bad : {"gpu", "", "cuda:", "cuda:x", "cuda:-1", "cuda:1x"}) {
    EXPECT_EQ(code(bad), ErrorCode::kInvalidArgument) << bad;
  }
}

TEST(TorchGuard, ErrorsOfTheTensorLibraryBecomeErrors) {
  const auto code = [](auto body) {
    try {
      with_torch_errors(body);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kNotFound;
  };
  EXPECT_EQ(code([] { torch::ones({2}).add_(torch::ones({3})); }), ErrorCode::kInternal);
  EXPECT_EQ(code([] { torch::empty({std::int64_t{1} << 55}); }), ErrorCode::kUnavailable);
  EXPECT_EQ(code([] { throw usage_error("mine"); }), ErrorCode::kInvalidArgument);
}

// ---- folders ------------------------------------------------------------------------------------------------------

std::string content_of(const fs::path& path) { return read_file(path); }

TEST_P(FormTest, SavedAndLoadedIsBitEqual) {
  const TemporaryFolder folder;
  TorchSequenceModel model(spec(), 19, kCpu);
  model.save(folder / "model");
  const auto loaded = TorchSequenceModel::load(folder / "model", kCpu);
  const auto weights = model.module().weights(), again = loaded->module().weights();
  ASSERT_EQ(weights.size(), again.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    EXPECT_TRUE(torch::equal(weights[i].tensor, again[i].tensor)) << weights[i].name;
  }
  EXPECT_EQ(loaded->spec().tie_word_embeddings, spec().tie_word_embeddings);
  EXPECT_EQ(loaded->spec().scale_decoder_outputs, spec().scale_decoder_outputs);
  const TokenBatch batch = random_batch({{6, 3}, {4, 2}}, 20);
  EXPECT_EQ(model.logits(batch).logits, loaded->logits(batch).logits);
  loaded->save(folder / "again");
  EXPECT_EQ(content_of(folder / "model/model.safetensors"), content_of(folder / "again/model.safetensors"));
  EXPECT_EQ(content_of(folder / "model/config.json"), content_of(folder / "again/config.json"));
}

TEST(TorchSequenceModel, LoadWeightsKeepsTheParametersOfTheOptimiser) {
  const TemporaryFolder folder;
  TorchSequenceModel saved(nano(), 21, kCpu), model(nano(), 22, kCpu);
  saved.save(folder / "model");
  const std::vector<torch::Tensor> held = model.module().parameters();
  model.load_weights(folder / "model");
  const TokenBatch batch = random_batch({{6, 3}}, 23);
  EXPECT_EQ(model.logits(batch).logits, saved.logits(batch).logits);
  const std::vector<torch::Tensor> now = model.module().parameters();
  for (std::size_t i = 0; i < held.size(); ++i) EXPECT_TRUE(held[i].is_same(now[i]));
  TorchSequenceModel wider(nano(97), 22, kCpu);
  EXPECT_THROW(wider.load_weights(folder / "model"), Error);
}

// Rewrites the weights of `folder` after `change` saw name -> record, and some bytes that live as long as the call.
template <typename Change>
void rewrite_weights(const fs::path& folder, Change change) {
  const fs::path path = folder / "model.safetensors";
  std::map<std::string, std::vector<std::byte>> bytes;
  std::map<std::string, TensorRecord> records;
  {
    const SafetensorsFile file(path);
    for (const auto& [name, record] : file.tensors()) {
      bytes[name].assign(record.bytes.begin(), record.bytes.end());
      records[name] = {name, record.type, record.shape, bytes[name]};
    }
  }
  change(records, bytes);
  std::vector<TensorRecord> list;
  for (const auto& [name, record] : records) list.push_back(record);
  write_safetensors(path, std::move(list));
}

void rewrite_config(const fs::path& folder, const std::function<void(json&)>& change) {
  json config = json::parse(read_file(folder / "config.json"));
  change(config);
  write_file_atomically(folder / "config.json", config.dump());
}

TEST(TieRule, FollowsTheStoredHeadAndThenTheConfiguration) {
  struct Case {
    const char* name;
    bool stored, differs;            // lm_head.weight
    std::optional<bool> tie, scale;  // config.json
    bool tied_wanted, scaled_wanted;
  };
  const std::vector<Case> cases = {
      {"t5 1.0", false, false, true, {}, true, true},
      {"default", false, false, {}, {}, true, true},
      {"t5 1.1", true, true, false, {}, false, false},
      {"written by a library that forces tying", true, true, true, true, false, false},
      {"tied copy", true, false, true, {}, true, true},
      {"tied copy without scale", true, false, false, {}, true, false},
      {"scale told apart", false, false, false, true, true, true},
      {"no scale told apart", false, false, true, false, true, false},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    const TemporaryFolder folder;
    TorchSequenceModel(nano(), 24, kCpu).save(folder.path());
    rewrite_weights(folder.path(), [&](auto& records, auto& bytes) {
      if (!one.stored) return;
      bytes["lm_head.weight"] = bytes["shared.weight"];
      if (one.differs) bytes["lm_head.weight"][5] ^= std::byte{1};
      records["lm_head.weight"] = {"lm_head.weight", TensorType::kF32, {96, 32}, bytes["lm_head.weight"]};
    });
    rewrite_config(folder.path(), [&](json& config) {
      config.erase("tie_word_embeddings");
      config.erase("scale_decoder_outputs");
      if (one.tie) config["tie_word_embeddings"] = *one.tie;
      if (one.scale) config["scale_decoder_outputs"] = *one.scale;
    });
    const auto model = TorchSequenceModel::load(folder.path(), kCpu);
    EXPECT_EQ(model->spec().tie_word_embeddings, one.tied_wanted);
    EXPECT_EQ(model->spec().scale_decoder_outputs, one.scaled_wanted);
  }
}

TEST(TieRule, ScalingDividesTheLogits) {
  ModelSpec plain = nano();
  plain.scale_decoder_outputs = false;
  const TokenBatch batch = random_batch({{6, 3}}, 25);
  const LogitsResult scaled = TorchSequenceModel(nano(), 26, kCpu).logits(batch);
  const LogitsResult unscaled = TorchSequenceModel(plain, 26, kCpu).logits(batch);
  for (std::size_t i = 0; i < scaled.logits.size(); ++i) {
    ASSERT_NEAR(unscaled.logits[i], scaled.logits[i] * std::sqrt(32.0f), 1e-3f);
  }
}

TEST(Load, AliasesAreIgnoredAndOtherNamesNamed) {
  const TemporaryFolder folder;
  TorchSequenceModel(nano(), 27, kCpu).save(folder.path());
  const auto message = [&] {
    try {
      TorchSequenceModel::load(folder.path(), kCpu);
    } catch (const Error& error) {
      EXPECT_EQ(error.subject(), ErrorSubject::kModel);
      return std::string(error.what());
    }
    return std::string();
  };
  rewrite_weights(folder.path(), [](auto& records, auto&) {
    for (const char* alias : {"encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight"}) {
      records[alias] = records["shared.weight"];
      records[alias].name = alias;
    }
    const std::string legacy = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight";
    records[legacy] = records["decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"];
    records[legacy].name = legacy;
  });
  EXPECT_EQ(message(), "");
  rewrite_weights(folder.path(), [](auto& records, auto&) {
    records["extra.weight"] = records["decoder.final_layer_norm.weight"];
    records["extra.weight"].name = "extra.weight";
  });
  EXPECT_THAT(message(), testing::HasSubstr("extra.weight"));
  rewrite_weights(folder.path(), [](auto& records, auto&) {
    records.erase("extra.weight");
    records.erase("decoder.final_layer_norm.weight");
  });
  EXPECT_THAT(message(), testing::HasSubstr("decoder.final_layer_norm.weight"));
  rewrite_weights(folder.path(), [](auto& records, auto&) { records["shared.weight"].shape = {32, 96}; });
  EXPECT_THAT(message(), testing::HasSubstr("[96, 32]"));
  fs::remove(folder / "model.safetensors");
  EXPECT_THAT(message(), testing::HasSubstr("no weights"));
}

TEST(Load, WholeWordTableMayBeMissingOrUnannounced) {
  const TemporaryFolder folder;
  TorchSequenceModel model(nano(), 28, kCpu);
  model.save(folder.path());
  // Only the weights know of the table.
  rewrite_config(folder.path(), [](json& config) { config.erase("whole_word_rows"); });
  EXPECT_EQ(TorchSequenceModel::load(folder.path(), kCpu)->spec().whole_word_rows, 512);
  // Neither knows: a plain T5.
  rewrite_weights(folder.path(), [](auto& records, auto&) { records.erase("encoder.whole_word_embeddings.weight"); });
  EXPECT_EQ(TorchSequenceModel::load(folder.path(), kCpu)->spec().whole_word_rows, 0);
  // The configuration asks for one that the weights lack: it starts afresh.
  rewrite_config(folder.path(), [](json& config) { config["whole_word_rows"] = 64; });
  const auto fresh = TorchSequenceModel::load(folder.path(), kCpu);
  EXPECT_EQ(fresh->module().weights()[1].name, "encoder.whole_word_embeddings.weight");
  EXPECT_NEAR(fresh->module().weights()[1].tensor.std().item<double>(), 1.0, 0.1);
  EXPECT_TRUE(torch::equal(fresh->module().weights()[0].tensor, model.module().weights()[0].tensor));
}

TEST(Load, HalfPrecisionFilesAreReadAsFloat) {
  const TemporaryFolder folder;
  TorchSequenceModel model(nano(), 29, kCpu);
  model.save(folder.path());
  rewrite_weights(folder.path(), [&](auto& records, auto& bytes) {
    for (const NamedWeight& weight : model.module().weights()) {
      const bool brain = weight.name.find("encoder") == 0;
      const torch::Tensor half = weight.tensor.to(brain ? torch::kBFloat16 : torch::kHalf).contiguous();
      const auto* data = static_cast<const std::byte*>(half.data_ptr());
      bytes[weight.name].assign(data, data + half.nbytes());
      records[weight.name] = {weight.name, brain ? TensorType::kBf16 : TensorType::kF16, half.sizes().vec(),
                              bytes[weight.name]};
    }
  });
  const auto loaded = TorchSequenceModel::load(folder.path(), kCpu);
  const auto weights = model.module().weights(), again = loaded->module().weights();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto type = weights[i].name.find("encoder") == 0 ? torch::kBFloat16 : torch::kHalf;
    EXPECT_TRUE(torch::equal(weights[i].tensor.to(type).to(torch::kFloat), again[i].tensor)) << weights[i].name;
  }
}

// ---- the scorer ---------------------------------------------------------------------------------------------------

struct Beam {
  std::int32_t source;
  std::vector<TokenId> tokens;  // after the start token
};

// Log-probabilities of the next token by a full forward pass: [vocab].
torch::Tensor next_by_full_forward(TorchSequenceModel& model, const TokenBatch& sources, const Beam& beam) {
  TokenBatch one = single_row(sources, beam.source);
  one.target = beam.tokens;
  one.target.push_back(kEndToken);  // never read: the decoder sees what stands before
  one.target_length = static_cast<std::int32_t>(one.target.size());
  one.target_mask.assign(one.target.size(), 1);
  const LogitsResult result = model.logits(one);
  const torch::Tensor logits = torch::tensor(result.logits).view({one.target_length, -1});
  return logits[one.target_length - 1].log_softmax(-1);
}

void expect_continuations(TorchSequenceModel& model, const TokenBatch& sources, const std::vector<Beam>& beams,
                          const ScoreRequest& request, const ScoreResult& result) {
  ASSERT_EQ(result.offsets.size(), beams.size() + 1);
  for (std::size_t row = 0; row < beams.size(); ++row) {
    SCOPED_TRACE("row " + std::to_string(row));
    torch::Tensor scores = next_by_full_forward(model, sources, beams[row]);
    std::vector<std::int64_t> allowed(static_cast<std::size_t>(scores.size(0)));
    std::iota(allowed.begin(), allowed.end(), 0);
    if (!request.allowed_offsets.empty()) {
      allowed.assign(request.allowed.begin() + request.allowed_offsets[row],
                     request.allowed.begin() + request.allowed_offsets[row + 1]);
    }
    const std::size_t count = result.offsets[row + 1] - result.offsets[row];
    ASSERT_EQ(count, std::min<std::size_t>(allowed.size(), static_cast<std::size_t>(request.top)));
    if (count == 0) continue;
    scores = scores.index_select(0, torch::tensor(allowed)).log_softmax(-1);
    const auto [wanted, order] = at::sort(scores, /*stable=*/true, /*dim=*/-1, /*descending=*/true);
    for (std::size_t i = 0; i < count; ++i) {
      const Continuation& got = result.values[result.offsets[row] + i];
      EXPECT_NEAR(got.log_probability, wanted[static_cast<std::int64_t>(i)].item<float>(), 1e-4);
      EXPECT_EQ(got.token, allowed[static_cast<std::size_t>(order[static_cast<std::int64_t>(i)].item<std::int64_t>())]);
    }
  }
}

// Walks `steps` steps with ragged, shuffled rows: beams are repeated, dropped and interleaved between sources.
void walk(const ModelSpec& spec, bool constrained) {
  TorchSequenceModel model(spec, 31, kCpu);
  const TokenBatch sources = random_batch({{14, 0}, {6, 0}, {9, 0}}, 32);
  const std::unique_ptr<NextTokenScorer> scorer = model.start(sources);
  std::mt19937 generator(33);
  std::vector<Beam> beams = {{0, {}}, {1, {}}, {2, {}}};
  std::vector<std::int32_t> source = {0, 1, 2}, parent;
  std::vector<TokenId> last;
  for (int step = 0; step < 5; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    std::vector<std::uint32_t> offsets;
    std::vector<TokenId> allowed;
    if (constrained) {
      offsets.push_back(0);
      for (std::size_t row = 0; row < beams.size(); ++row) {
        std::set<TokenId> tokens;
        const std::size_t count = step == 1 ? 40 : row % 3 == 2 && step > 2 ? 0 : 1 + generator() % 3;
        while (tokens.size() < count) tokens.insert(static_cast<TokenId>(generator() % 96));
        allowed.insert(allowed.end(), tokens.begin(), tokens.end());
        offsets.push_back(static_cast<std::uint32_t>(allowed.size()));
      }
    }
    const ScoreRequest request{.source = source,
                               .parent = parent,
                               .last_token = last,
                               .allowed_offsets = offsets,
                               .allowed = allowed,
                               .top = 5};
    ScoreResult result;
    scorer->score(request, result);
    expect_continuations(model, sources, beams, request, result);

    std::vector<Beam> next;
    parent.clear();
    last.clear();
    source.clear();
    for (int row = 0; row < 7; ++row) {
      const auto from = static_cast<std::int32_t>(generator() % beams.size());
      if (step >= 2 && beams[static_cast<std::size_t>(from)].source == 1) continue;  // source 1 drops out
      Beam beam = beams[static_cast<std::size_t>(from)];
      beam.tokens.push_back(static_cast<TokenId>(3 + generator() % 93));
      parent.push_back(from);
      source.push_back(beam.source);
      last.push_back(beam.tokens.back());
      next.push_back(beam);
    }
    beams = next;
  }
}

TEST_P(FormTest, StepsEqualFullForwardPasses) { walk(spec(), false); }
TEST_P(FormTest, ConstrainedStepsAreNormalisedOverTheAllowed) { walk(spec(), true); }

TEST(T5Scorer, BeginsAnewWithoutParents) {
  TorchSequenceModel model(nano(), 35, kCpu);
  const TokenBatch sources = random_batch({{14, 0}, {6, 0}}, 36);
  const std::unique_ptr<NextTokenScorer> scorer = model.start(sources);
  const std::vector<std::int32_t> both = {0, 1}, second = {1}, parent = {1};
  const std::vector<TokenId> last = {7};
  ScoreResult first, step, again;
  scorer->score({.source = both, .parent = {}, .last_token = {}, .allowed_offsets = {}, .allowed = {}, .top = 4},
                first);
  scorer->score(
      {.source = second, .parent = parent, .last_token = last, .allowed_offsets = {}, .allowed = {}, .top = 4}, step);
  scorer->score({.source = both, .parent = {}, .last_token = {}, .allowed_offsets = {}, .allowed = {}, .top = 4},
                again);
  ASSERT_EQ(first.values.size(), again.values.size());
  for (std::size_t i = 0; i < first.values.size(); ++i) {
    EXPECT_EQ(first.values[i].token, again.values[i].token);
    EXPECT_EQ(first.values[i].log_probability, again.values[i].log_probability);
  }
}

TEST(T5Scorer, EqualScoresAreOrderedByToken) {
  TorchSequenceModel model(nano(), 37, kCpu);
  {
    // All logits equal: every place is a tie, at the border of the best as well.
    const torch::NoGradGuard guard;
    for (NamedWeight& weight : model.module().weights()) {
      if (weight.name == "decoder.final_layer_norm.weight") weight.tensor.zero_();
    }
  }
  const std::unique_ptr<NextTokenScorer> scorer = model.start(random_batch({{5, 0}, {5, 0}}, 38));
  const std::vector<std::int32_t> source = {0, 1};
  ScoreResult result;
  scorer->score({.source = source, .parent = {}, .last_token = {}, .allowed_offsets = {}, .allowed = {}, .top = 6},
                result);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(result.values[i].token, static_cast<TokenId>(i % 6));
  const std::vector<std::uint32_t> offsets = {0, 5, 7};
  const std::vector<TokenId> allowed = {4, 9, 17, 30, 41, 8, 90};
  scorer->score(
      {.source = source, .parent = {}, .last_token = {}, .allowed_offsets = offsets, .allowed = allowed, .top = 3},
      result);
  const std::vector<TokenId> wanted = {4, 9, 17, 8, 90};
  ASSERT_EQ(result.values.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ(result.values[i].token, wanted[i]);
}

// Pitfall 40: what a beam costs is its own tokens, never the source.
TEST(T5Scorer, BeamsShareTheKeysOfTheirSource) {
  TorchSequenceModel model(nano(), 39, kCpu);
  const auto bytes = [&](int length, int beams) {
    TokenBatch sources = random_batch({{length, 0}, {length, 0}}, 40);
    model.module().eval();
    const auto scorer = model.start(sources);
    auto& t5 = dynamic_cast<T5Scorer&>(*scorer);
    std::vector<std::int32_t> source = {0, 1}, parent;
    std::vector<TokenId> last;
    ScoreResult result;
    for (int step = 0; step < 3; ++step) {
      scorer->score(
          {.source = source, .parent = parent, .last_token = last, .allowed_offsets = {}, .allowed = {}, .top = 1},
          result);
      parent.clear();
      for (int row = 0; row < 2 * beams; ++row) {
        parent.push_back(step == 0 ? row / beams : row);
      }
      source.clear();
      for (int row = 0; row < 2 * beams; ++row) source.push_back(row / beams);
      last.assign(static_cast<std::size_t>(2 * beams), 5);
    }
    return std::pair(t5.source_bytes(), t5.beam_bytes());
  };
  constexpr std::int64_t kTokenBytes = 2 * 2 * 4 * 8 * 4;  // keys and values, blocks, heads, d_kv, float
  EXPECT_EQ(bytes(50, 4), std::pair(2 * 50 * kTokenBytes, 2 * 4 * 3 * kTokenBytes));
  EXPECT_EQ(bytes(50, 8), std::pair(2 * 50 * kTokenBytes, 2 * 8 * 3 * kTokenBytes));
  EXPECT_EQ(bytes(100, 8), std::pair(2 * 100 * kTokenBytes, 2 * 8 * 3 * kTokenBytes));
}

TEST(T5Scorer, RefusesRequestsThatBreakTheContract) {
  TorchSequenceModel model(nano(), 41, kCpu);
  const std::unique_ptr<NextTokenScorer> scorer = model.start(random_batch({{5, 0}, {4, 0}}, 42));
  const std::vector<std::int32_t> both = {0, 1}, strange = {0, 2}, crossed = {1, 0};
  const std::vector<TokenId> last = {5, 96}, fine = {5, 6};
  ScoreResult result;
  const auto refused = [&](const ScoreRequest& request) {
    try {
      scorer->score(request, result);
    } catch (const Error& error) {
      return error.code() == ErrorCode::kInternal;
    }
    return false;
  };
  const ScoreRequest first{
      .source = both, .parent = {}, .last_token = {}, .allowed_offsets = {}, .allowed = {}, .top = 1};
  ScoreRequest request = first;
  request.source = strange;
  EXPECT_TRUE(refused(request));
  EXPECT_FALSE(refused(first));
  request = {.source = both, .parent = crossed, .last_token = fine, .allowed_offsets = {}, .allowed = {}, .top = 1};
  EXPECT_TRUE(refused(request));
  request = {.source = both, .parent = both, .last_token = last, .allowed_offsets = {}, .allowed = {}, .top = 1};
  EXPECT_TRUE(refused(request));
  request = {.source = both, .parent = both, .last_token = fine, .allowed_offsets = {}, .allowed = {}, .top = 1};
  EXPECT_FALSE(refused(request));
}

}  // namespace
}  // namespace p5
