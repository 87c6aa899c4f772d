// Folders of weights: saving, loading, the tie rule, aliases, tables that are missing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "model/safetensors.h"
#include "p5/error.h"
#include "support/temporary_folder.h"
#include "t5/model_batches.h"
#include "t5/t5_torch_model_module.h"
#include "t5/tensor_names.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using namespace p5::test;

std::string content_of(const fs::path& path) { return read_file(path); }

TEST_P(FormTest, SavedAndLoadedIsBitEqual) {
  const TemporaryFolder folder;
  T5TorchModel model(spec(), 19, kCpu);
  model.save(folder / "model");
  const auto loaded = T5TorchModel::load(folder / "model", kCpu);
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

TEST(T5TorchModel, TakingWeightsKeepsTheParametersOfTheOptimizer) {
  const TemporaryFolder folder;
  T5TorchModel saved(nano(), 21, kCpu), model(nano(), 22, kCpu);
  saved.save(folder / "model");
  const std::vector<torch::Tensor> held = model.module().parameters();
  model.take_weights(folder / "model");
  const TokenBatch batch = random_batch({{6, 3}}, 23);
  EXPECT_EQ(model.logits(batch).logits, saved.logits(batch).logits);
  const std::vector<torch::Tensor> now = model.module().parameters();
  for (std::size_t i = 0; i < held.size(); ++i) EXPECT_TRUE(held[i].is_same(now[i]));
  T5TorchModel wider(nano(97), 22, kCpu);
  EXPECT_THROW(wider.take_weights(folder / "model"), Error);
}

TEST(T5TorchModel, TakesTheRowsThatItIsToldOf) {
  const TemporaryFolder folder;
  T5TorchModel theirs(nano(40), 21, kCpu), ours(nano(50), 22, kCpu);
  theirs.save(folder / "theirs");
  const torch::Tensor before = ours.module().weights().front().tensor.clone();
  std::vector<std::int32_t> rows(50, -1);
  rows[0] = 0;
  rows[49] = 7;
  ours.take_weights(folder / "theirs", rows);
  const auto from = theirs.module().weights(), to = ours.module().weights();
  ASSERT_EQ(to.front().name, kSharedName);
  for (std::int64_t row = 0; row < 50; ++row) {
    const torch::Tensor wanted = row == 0 ? from.front().tensor[0] : row == 49 ? from.front().tensor[7] : before[row];
    EXPECT_TRUE(torch::equal(to.front().tensor[row], wanted)) << row;
  }
  for (std::size_t i = 1; i < to.size(); ++i) EXPECT_TRUE(torch::equal(to[i].tensor, from[i].tensor)) << to[i].name;
}

TEST(T5TorchModel, WeightsOfAnotherShapeAreRefusedByFileAndTensor) {
  const TemporaryFolder folder;
  T5Spec wide = nano(40), untied = nano(40);
  wide.d_ff *= 2;
  untied.tie_word_embeddings = false;
  const std::vector<std::int32_t> rows(50, -1);
  T5TorchModel ours(nano(50), 22, kCpu);
  for (const T5Spec& spec : {wide, untied}) {
    T5TorchModel(spec, 21, kCpu).save(folder.path());
    try {
      ours.take_weights(folder.path(), rows);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(exit_code_of(error), 4);
      EXPECT_THAT(error.what(), testing::HasSubstr("model.safetensors, tensor "));
    }
  }
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
    T5TorchModel(nano(), 24, kCpu).save(folder.path());
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
    const auto model = T5TorchModel::load(folder.path(), kCpu);
    EXPECT_EQ(model->spec().tie_word_embeddings, one.tied_wanted);
    EXPECT_EQ(model->spec().scale_decoder_outputs, one.scaled_wanted);
  }
}

TEST(TieRule, ScalingDividesTheLogits) {
  T5Spec plain = nano();
  plain.scale_decoder_outputs = false;
  const TokenBatch batch = random_batch({{6, 3}}, 25);
  const LogitsResult scaled = T5TorchModel(nano(), 26, kCpu).logits(batch);
  const LogitsResult unscaled = T5TorchModel(plain, 26, kCpu).logits(batch);
  for (std::size_t i = 0; i < scaled.logits.size(); ++i) {
    ASSERT_NEAR(unscaled.logits[i], scaled.logits[i] * std::sqrt(32.0f), 1e-3f);
  }
}

TEST(Load, AliasesAreIgnoredAndOtherNamesNamed) {
  const TemporaryFolder folder;
  T5TorchModel(nano(), 27, kCpu).save(folder.path());
  const auto message = [&] {
    try {
      T5TorchModel::load(folder.path(), kCpu);
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
  T5TorchModel model(nano(), 28, kCpu);
  model.save(folder.path());
  // Only the weights know of the table.
  rewrite_config(folder.path(), [](json& config) { config.erase("whole_word_rows"); });
  EXPECT_EQ(T5TorchModel::load(folder.path(), kCpu)->spec().whole_word_rows, 512);
  // Neither has it: a plain T5.
  rewrite_weights(folder.path(), [](auto& records, auto&) { records.erase("encoder.whole_word_embeddings.weight"); });
  EXPECT_EQ(T5TorchModel::load(folder.path(), kCpu)->spec().whole_word_rows, 0);
  // The configuration asks for one that the weights lack: it is initialised.
  rewrite_config(folder.path(), [](json& config) { config["whole_word_rows"] = 64; });
  const auto fresh = T5TorchModel::load(folder.path(), kCpu);
  EXPECT_EQ(fresh->module().weights()[1].name, "encoder.whole_word_embeddings.weight");
  EXPECT_NEAR(fresh->module().weights()[1].tensor.std().item<double>(), 1.0, 0.1);
  EXPECT_TRUE(torch::equal(fresh->module().weights()[0].tensor, model.module().weights()[0].tensor));
}

TEST(Load, HalfPrecisionFilesAreReadAsFloat) {
  const TemporaryFolder folder;
  T5TorchModel model(nano(), 29, kCpu);
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
  const auto loaded = T5TorchModel::load(folder.path(), kCpu);
  const auto weights = model.module().weights(), again = loaded->module().weights();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto type = weights[i].name.find("encoder") == 0 ? torch::kBFloat16 : torch::kHalf;
    EXPECT_TRUE(torch::equal(weights[i].tensor.to(type).to(torch::kFloat), again[i].tensor)) << weights[i].name;
  }
}

}  // namespace
}  // namespace p5
