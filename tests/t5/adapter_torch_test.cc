// Fine-tuning by adapters: what is trained, what stays, and that a saved adapter answers as the model that was trained.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "base/file.h"
#include "model/adapter_config.h"
#include "model/adapter_weights.h"
#include "model/safetensors.h"
#include "nn/adaptable_weight_module.h"
#include "nn/fused_layers_module.h"
#include "p5/error.h"
#include "support/temporary_folder.h"
#include "t5/adapted_spec.h"
#include "t5/attention_prefix.h"
#include "t5/model_batches.h"
#include "t5/random_checkpoint.h"
#include "t5/t5_cpu_model.h"
#include "t5/t5_engine.h"
#include "t5/t5_torch_model_module.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using namespace p5::test;
using Method = AdapterOptions::Method;

std::vector<std::int32_t> same_rows(std::int64_t count) {
  std::vector<std::int32_t> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

struct Case {
  std::string name;
  AdapterOptions options;
  bool gated = false;
};

std::vector<Case> cases() {
  AdapterOptions all_linear{.method = Method::kLora, .rank = 3, .alpha = 9, .rslora = true};
  all_linear.targets = {"all-linear", "shared"};
  all_linear.rank_pattern = {"wo=2"};
  all_linear.alpha_pattern = {"wo=5"};
  AdapterOptions last{.last_blocks = 1};
  const AdapterOptions of_decoder{
      .method = Method::kPrefix, .prompt_tokens = 3, .prefix_places = AdapterOptions::PrefixPlaces::kDecoder};
  return {{"Lora", {.method = Method::kLora, .rank = 4, .alpha = 8}},
          {"LoraEverywhere", all_linear},
          {"LoraGated", all_linear, true},
          {"Ia3", {.method = Method::kIa3}},
          {"Ia3Gated", {.method = Method::kIa3}, true},
          {"Houlsby", {.method = Method::kHoulsby, .width = 6}},
          {"Pfeiffer", {.method = Method::kPfeiffer, .width = 6}},
          {"Prompt", {.method = Method::kPrompt, .prompt_tokens = 4}},
          {"Prefix", {.method = Method::kPrefix, .prompt_tokens = 3}},
          {"PrefixOfDecoder", of_decoder},
          {"Bias", {.method = Method::kBias}},
          {"Norm", {.method = Method::kNorm}},
          {"LastBlocks", last}};
}

class AdapterTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    base_spec_ = GetParam().gated ? gated_nano() : nano();
    write_random_checkpoint(base(), base_spec_, 7);
    model_ = std::make_unique<T5TorchModel>(adapted_spec(GetParam().options, base_spec_), 1, kCpu);
    model_->take_weights(base(), same_rows(base_spec_.vocab_size));
    model_->adapt(GetParam().options, {base(), same_rows(base_spec_.vocab_size)});
  }

  fs::path base() const { return folder_.path() / "base"; }

  // Steps of plain gradient descent on one batch, without dropout.
  double train(int steps) {
    double loss = 0;
    for (int i = 0; i < steps; ++i) {
      torch::nn::Module& module = model_->module();
      module.eval();
      const TrainingLoss of_batch = model_->training_loss(batch_);
      of_batch.mean.backward();
      loss = of_batch.mean.item<double>();
      const torch::NoGradGuard guard;
      for (torch::Tensor& parameter : module.parameters()) {
        if (!parameter.requires_grad() || !parameter.grad().defined()) continue;
        parameter.sub_(parameter.grad(), 0.05);
        parameter.mutable_grad().reset();
      }
    }
    return loss;
  }

  TemporaryFolder folder_;
  T5Spec base_spec_;
  std::unique_ptr<T5TorchModel> model_;
  const TokenBatch batch_ = random_batch({{12, 4}, {7, 3}, {9, 5}}, 3);
};

INSTANTIATE_TEST_SUITE_P(Methods, AdapterTest, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.name; });

TEST_P(AdapterTest, BeginsAsTheBase) {
  const Method method = GetParam().options.method;
  if (method == Method::kPrompt || method == Method::kPrefix) {
    GTEST_SKIP() << "learnt vectors that are read change answers from the start";
  }
  const LogitsResult wanted = T5CpuModel::load(base(), kCpu)->logits(batch_);
  const LogitsResult got = model_->logits(batch_);
  for (std::size_t i = 0; i < wanted.logits.size(); ++i) ASSERT_NEAR(got.logits[i], wanted.logits[i], 2e-4) << i;
}

TEST_P(AdapterTest, TrainsWhatItNamesAndLeavesTheBaseBitEqual) {
  std::map<std::string, torch::Tensor> frozen;
  for (const auto& item : model_->module().named_parameters()) {
    if (!item.value().requires_grad()) frozen[item.key()] = item.value().detach().clone();
  }
  ASSERT_FALSE(frozen.empty());
  const double first = train(1), later = train(25);
  EXPECT_LT(later, first);
  for (const auto& item : model_->module().named_parameters()) {
    if (const auto found = frozen.find(item.key()); found != frozen.end()) {
      EXPECT_TRUE(torch::equal(item.value(), found->second)) << item.key();
    }
  }
  const AdapterTaker::Size size = model_->adapter_size();
  EXPECT_GT(size.trained, 0);
  EXPECT_LT(size.trained, size.all);
}

TEST_P(AdapterTest, SavedItAnswersAsTheTrainedModel) {
  train(10);
  const LogitsResult wanted = model_->logits(batch_);
  const fs::path saved = folder_.path() / "adapter";
  model_->save(saved);
  EXPECT_EQ(is_adapter(saved), GetParam().options.adapts());
  const auto cpu = T5CpuModel::load(saved, kCpu);
  const LogitsResult got = cpu->logits(batch_);
  ASSERT_EQ(got.logits.size(), wanted.logits.size());
  for (std::size_t i = 0; i < got.logits.size(); ++i) ASSERT_NEAR(got.logits[i], wanted.logits[i], 2e-4) << i;
  const LogitsResult torch_got = T5TorchModel::load(saved, kCpu)->logits(batch_);
  for (std::size_t i = 0; i < got.logits.size(); ++i) ASSERT_NEAR(torch_got.logits[i], wanted.logits[i], 2e-4) << i;
  // What is loaded and saved again is whole: merged.
  const fs::path merged = folder_.path() / "merged";
  cpu->save(merged);
  EXPECT_FALSE(is_adapter(merged));
  const LogitsResult of_merged = T5CpuModel::load(merged, kCpu)->logits(batch_);
  for (std::size_t i = 0; i < got.logits.size(); ++i) ASSERT_NEAR(of_merged.logits[i], got.logits[i], 1e-6) << i;
}

TEST_P(AdapterTest, FusedAndPlainLayersHaveEqualGradients) {
  train(3);  // so that no factor is zero
  const auto gradients = [&] {
    torch::nn::Module& module = model_->module();
    module.eval();
    module.zero_grad();
    model_->training_loss(batch_).mean.backward();
    std::map<std::string, torch::Tensor> result;
    for (const auto& item : module.named_parameters()) {
      if (item.value().requires_grad() && item.value().grad().defined()) {
        result[item.key()] = item.value().grad().clone();
      }
    }
    return result;
  };
  const auto fused = gradients();
  const PlainLayers plain;
  const auto wanted = gradients();
  ASSERT_EQ(fused.size(), wanted.size());
  for (const auto& [name, gradient] : wanted) {
    const double scale = std::max(1e-3, gradient.abs().max().item<double>());
    EXPECT_LT((fused.at(name) - gradient).abs().max().item<double>() / scale, 2e-3) << name;
  }
}

// What PEFT's get_prompt() does with a row of [layers * 2 * inner]: twice side by side, dealt out in fours, of which
// self-attention takes the first two.
TEST(AttentionPrefixTest, SlotsOfTheDecoderAreThosePeftDealsOut) {
  for (const std::int64_t layers : {1, 2, 3, 4, 7}) {
    T5Spec spec = nano();
    spec.num_decoder_layers = layers;
    spec.prefix_tokens = 1;
    spec.prefix_decoder_only = true;
    std::vector<std::int64_t> chunks;
    for (int copy = 0; copy < 2; ++copy) {
      for (std::int64_t chunk = 0; chunk < 2 * layers; ++chunk) chunks.push_back(chunk);
    }
    for (std::int64_t block = 0; block < layers; ++block) {
      const std::int64_t slot = *prefix_slot(spec, PrefixPlace::kDecoder, block);
      EXPECT_EQ(2 * slot, chunks[static_cast<std::size_t>(4 * block)]) << layers << " " << block;
      EXPECT_EQ(2 * slot + 1, chunks[static_cast<std::size_t>(4 * block + 1)]);
      EXPECT_FALSE(prefix_slot(spec, PrefixPlace::kCross, block));
    }
    EXPECT_FALSE(prefix_slot(spec, PrefixPlace::kEncoder, 0));
  }
}

TEST(AttentionPrefixTest, FilesOfTheDecodersPrefixHavePeftsLayout) {
  const TemporaryFolder folder;
  const fs::path base = folder.path() / "base", saved = folder.path() / "adapter";
  write_random_checkpoint(base, nano(), 7);
  const AdapterOptions options{
      .method = Method::kPrefix, .prompt_tokens = 3, .prefix_places = AdapterOptions::PrefixPlaces::kDecoder};
  T5TorchModel model(adapted_spec(options, nano()), 1, kCpu);
  model.take_weights(base, same_rows(nano().vocab_size));
  model.adapt(options, {base, same_rows(nano().vocab_size)});
  model.save(saved);
  const nlohmann::json config = nlohmann::json::parse(read_file(saved / AdapterConfig::kFile));
  const std::int64_t inner = nano().num_heads * nano().d_kv;
  EXPECT_EQ(config["peft_type"], "PREFIX_TUNING");
  EXPECT_EQ(config["num_virtual_tokens"], 3);
  EXPECT_EQ(config["num_layers"], nano().num_decoder_layers);
  EXPECT_EQ(config["num_attention_heads"], nano().num_heads);
  EXPECT_EQ(config["token_dim"], inner);
  EXPECT_EQ(config["num_transformer_submodules"], 2);
  const SafetensorsFile file(saved / AdapterConfig::kTensorsFile);
  ASSERT_EQ(file.tensors().size(), 1U);
  EXPECT_THAT(file.find("prompt_embeddings")->shape, testing::ElementsAre(3, 2 * nano().num_decoder_layers * inner));
}

TEST(AdaptableWeightTest, ChangesAreWhatTheirFormulasSay) {
  const torch::Tensor weight = torch::arange(6.0f).view({3, 2});
  torch::Generator generator = at::detail::createCPUGenerator(1);
  const auto product = std::make_shared<LowRankChange>(LowRankChange::Shape{2, 2, 1, 0.5}, generator);
  {
    const torch::NoGradGuard guard;
    torch::Tensor(product->down()).copy_(torch::tensor({{2.0f, 4.0f}}));
    torch::Tensor(product->up()).copy_(torch::tensor({{1.0f}, {3.0f}}));
  }
  AdaptableWeight adaptable(weight);
  EXPECT_TRUE(adaptable.seen().is_same(weight));
  adaptable.change(1, 2, product);  // rows 1 and 2: + 0.5 B A
  EXPECT_TRUE(torch::equal(adaptable.seen(), torch::tensor({{0.0f, 1.0f}, {3.0f, 5.0f}, {7.0f, 11.0f}})));
  const auto scale = std::make_shared<ScaleChange>(ScaleChange::Axis::kRows, 1);
  {
    const torch::NoGradGuard guard;
    torch::Tensor(scale->factors()).fill_(10.0f);
  }
  adaptable.change(0, 1, scale);
  EXPECT_TRUE(torch::equal(adaptable.seen()[0], torch::tensor({0.0f, 10.0f})));
  const auto rows = std::make_shared<RowsChange>(torch::tensor({2L}), weight);
  AdaptableWeight table(weight);
  table.change(0, 3, rows);
  {
    const torch::NoGradGuard guard;
    torch::Tensor(rows->values()).fill_(9.0f);
  }
  EXPECT_TRUE(torch::equal(table.seen(), torch::tensor({{0.0f, 1.0f}, {2.0f, 3.0f}, {9.0f, 9.0f}})));
}

// New tokens are trained beside a frozen base, whose own rows stay.
TEST(AdapterVocabularyTest, TokensThatTheBaseLacksAreTrainedAndSaved) {
  const TemporaryFolder folder;
  const fs::path base = folder.path() / "base", saved = folder.path() / "adapter";
  write_random_checkpoint(base, nano(96), 7);
  T5Spec spec = nano(100);
  T5TorchModel model(spec, 1, kCpu);
  std::vector<std::int32_t> rows = same_rows(100);
  for (std::size_t row = 90; row < 94; ++row) rows[row] = -1;
  for (std::size_t row = 94; row < 100; ++row) rows[row] = static_cast<std::int32_t>(row) - 4;
  const AdapterOptions options{.method = Method::kLora, .rank = 2};
  model.take_weights(base, rows);
  model.adapt(options, {base, rows});
  const torch::Tensor before = model.module().weights().front().tensor.clone();
  const TokenBatch batch = random_batch({{12, 4}, {7, 3}}, 3, 100);
  for (int i = 0; i < 5; ++i) {
    model.module().eval();
    model.training_loss(batch).mean.backward();
    const torch::NoGradGuard guard;
    for (torch::Tensor& parameter : model.module().parameters()) {
      if (!parameter.requires_grad() || !parameter.grad().defined()) continue;
      parameter.sub_(parameter.grad(), 0.5);
      parameter.mutable_grad().reset();
    }
  }
  const torch::Tensor after = model.module().weights().front().tensor;
  EXPECT_TRUE(torch::equal(after.narrow(0, 0, 90), before.narrow(0, 0, 90)));
  EXPECT_TRUE(torch::equal(after.narrow(0, 94, 6), before.narrow(0, 94, 6)));
  EXPECT_FALSE(torch::equal(after.narrow(0, 90, 4), before.narrow(0, 90, 4)));
  const LogitsResult wanted = model.logits(batch);
  model.save(saved);
  const LogitsResult got = T5CpuModel::load(saved, kCpu)->logits(batch);
  for (std::size_t i = 0; i < got.logits.size(); ++i) ASSERT_NEAR(got.logits[i], wanted.logits[i], 2e-4) << i;
}

TEST(AdapterRatesTest, BlocksAreUnfrozenFromTheLastAndLearnMoreSlowlyBelow) {
  const TemporaryFolder folder;
  T5Spec spec = nano();
  spec.num_layers = spec.num_decoder_layers = 3;
  write_random_checkpoint(folder.path(), spec, 7);
  T5TorchModel model(spec, 1, kCpu);
  model.take_weights(folder.path(), same_rows(spec.vocab_size));
  model.adapt({.unfreeze_every = 0.25, .layer_decay = 0.5}, {folder.path(), same_rows(spec.vocab_size)});
  const auto share = [&](const char* name, double progress) { return model.learning_rate_share(name, progress); };
  EXPECT_EQ(share("encoder_block_2.self_attention.qkv", 0.0), 1.0);
  EXPECT_EQ(share("encoder_block_1.self_attention.qkv", 0.2), 0.0);
  EXPECT_EQ(share("decoder_block_1.feed_forward.wi", 0.3), 0.5);
  EXPECT_EQ(share("decoder_block_0.feed_forward.wi", 0.3), 0.0);
  EXPECT_EQ(share("decoder_block_0.feed_forward.wi", 0.6), 0.25);
  EXPECT_EQ(share("shared", 0.7), 0.0);
  EXPECT_EQ(share("shared", 0.8), 0.125);
}

// Adapters of one base hold what they change and share the rest.
TEST(AdapterSharingTest, EnginesShareWithTheirBaseWhatIsTheSame) {
  const TemporaryFolder folder;
  write_random_checkpoint(folder.path(), nano(), 7);
  const SafetensorsFile file(folder.path() / "model.safetensors");
  std::vector<float> values;
  const T5Engine::Weights weights = [&](const std::string& name) -> std::span<const float> {
    const TensorRecord* record = file.find(name);
    values.resize(static_cast<std::size_t>(record->element_count()));
    copy_as_float(*record, values);
    return values;
  };
  const auto base = std::make_shared<const T5Engine>(nano(), weights, MatrixPrecision::kHighest);
  const std::string changed = "decoder.block.1.layer.0.SelfAttention.q.weight";
  const T5Engine adapted(nano(), weights, MatrixPrecision::kHighest,
                         {base, [&](const std::string& name) { return name != changed; }});
  EXPECT_EQ(&adapted.output_rows(), &base->output_rows());
  EXPECT_EQ(&adapted.output_factor(), &base->output_factor());
  EXPECT_EQ(adapted.decoder()[0].self, base->decoder()[0].self);
  EXPECT_NE(adapted.decoder()[1].self, base->decoder()[1].self);
  EXPECT_EQ(adapted.decoder()[1].cross, base->decoder()[1].cross);
  EXPECT_EQ(adapted.decoder()[1].feed_forward, base->decoder()[1].feed_forward);
}

TEST(AdapterOptionsTest, TargetsThatTheModelLacksNameThoseItHas) {
  const TemporaryFolder folder;
  write_random_checkpoint(folder.path(), nano(), 7);
  T5TorchModel model(nano(), 1, kCpu);
  AdapterOptions options{.method = Method::kLora};
  options.targets = {"query"};
  try {
    model.adapt(options, {folder.path(), {}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(std::string(error.what()), testing::AllOf(testing::HasSubstr("wo"), testing::HasSubstr("query")));
  }
}

}  // namespace
}  // namespace p5
