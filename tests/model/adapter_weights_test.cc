// Adapters as files: PEFT's layout read and merged by hand-computed values, and what is refused.
#include "model/adapter_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "model/adapter_options.h"
#include "model/checkpoint_weights.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::TemporaryFolder;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

struct Tensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

void write(const fs::path& file, const std::vector<Tensor>& tensors) {
  fs::create_directories(file.parent_path());
  std::vector<TensorRecord> records;
  for (const Tensor& tensor : tensors) {
    records.push_back({tensor.name, TensorType::kF32, tensor.shape, std::as_bytes(std::span(tensor.values))});
  }
  write_safetensors(file, std::move(records));
}

class AdapterFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    write(base() / kWeightsFile, {{"shared.weight", {3, 2}, {1, 2, 3, 4, 5, 6}},
                                  {"block.q.weight", {2, 2}, {1, 0, 0, 1}},
                                  {"block.wo.weight", {2, 3}, {1, 2, 3, 4, 5, 6}},
                                  {"norm.weight", {2}, {1, 1}}});
  }
  fs::path base() const { return folder_.path() / "base"; }
  fs::path adapter() const { return folder_.path() / "adapter"; }

  void write_adapter(json config, const std::vector<Tensor>& tensors) const {
    write(adapter() / AdapterConfig::kTensorsFile, tensors);
    config["base_model_name_or_path"] = "../base";
    write_file_atomically(adapter() / AdapterConfig::kFile, config.dump());
  }
  std::vector<float> values(const std::string& name) const {
    const SafetensorsFile file = open_weights(adapter() / kWeightsFile);
    const TensorRecord* record = file.find(name);
    if (record == nullptr) return {};
    std::vector<float> result(static_cast<std::size_t>(record->element_count()));
    copy_as_float(*record, result);
    return result;
  }
  void expect_refused(ErrorCode code, const std::vector<std::string>& parts) const {
    try {
      open_weights(adapter() / kWeightsFile);
      ADD_FAILURE() << "not refused";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code);
      for (const std::string& part : parts) EXPECT_THAT(error.what(), HasSubstr(part));
    }
  }

  TemporaryFolder folder_;
};

TEST_F(AdapterFilesTest, LoraAddsScaledProducts) {
  write_adapter({{"peft_type", "LORA"}, {"r", 1}, {"lora_alpha", 2}},
                {{"base_model.model.block.q.lora_A.weight", {1, 2}, {10, 20}},
                 {"base_model.model.block.q.lora_B.weight", {2, 1}, {1, 2}}});
  EXPECT_THAT(values("block.q.weight"), ElementsAre(1 + 2 * 10, 2 * 20, 2 * 20, 1 + 2 * 40));
  EXPECT_THAT(values("block.wo.weight"), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(AdapterFilesTest, PatternsRslorasAndNamesOfAdaptersAreHonoured) {
  // alpha 6 by its pattern, rank 4: 6 / sqrt(4) = 3.
  write_adapter(
      {{"peft_type", "LORA"}, {"r", 1}, {"lora_alpha", 2}, {"use_rslora", true}, {"alpha_pattern", {{"q", 6}}}},
      {{"base_model.model.block.q.lora_A.default.weight", {4, 2}, {1, 0, 0, 0, 0, 0, 0, 0}},
       {"base_model.model.block.q.lora_B.default.weight", {2, 4}, {1, 0, 0, 0, 0, 0, 0, 0}}});
  EXPECT_THAT(values("block.q.weight"), ElementsAre(1 + 3, 0, 0, 1));
}

TEST_F(AdapterFilesTest, EmbeddingsAreChangedByTransposedProducts) {
  write_adapter({{"peft_type", "LORA"}, {"r", 1}, {"lora_alpha", 1}},
                {{"base_model.model.shared.lora_embedding_A", {1, 3}, {1, 0, 2}},
                 {"base_model.model.shared.lora_embedding_B", {2, 1}, {10, 100}}});
  EXPECT_THAT(values("shared.weight"), ElementsAre(11, 102, 3, 4, 25, 206));
}

TEST_F(AdapterFilesTest, Ia3ScalesResultsOrInputs) {
  write_adapter({{"peft_type", "IA3"}}, {{"base_model.model.block.q.ia3_l", {2, 1}, {2, 3}},
                                         {"base_model.model.block.wo.ia3_l", {1, 3}, {1, 10, 100}}});
  EXPECT_THAT(values("block.q.weight"), ElementsAre(2, 0, 0, 3));
  EXPECT_THAT(values("block.wo.weight"), ElementsAre(1, 20, 300, 4, 50, 600));
}

TEST_F(AdapterFilesTest, NormsAndPromptsAreTaken) {
  write_adapter({{"peft_type", "LN_TUNING"}}, {{"base_model.model.norm.ln_tuning_layers.weight", {2}, {7, 8}}});
  EXPECT_THAT(values("norm.weight"), ElementsAre(7, 8));
  // The half for the decoder, which PEFT writes by default, is passed over as PEFT does.
  write_adapter({{"peft_type", "PROMPT_TUNING"}, {"num_virtual_tokens", 1}},
                {{"prompt_embeddings", {2, 2}, {1, 2, 3, 4}}});
  EXPECT_THAT(values("encoder.prompt_embeddings.weight"), ElementsAre(1, 2));
}

TEST_F(AdapterFilesTest, PrefixesAreTakenAsPeftHasThemForEncoderDecoders) {
  const json config = {{"peft_type", "PREFIX_TUNING"}, {"num_virtual_tokens", 1}, {"num_layers", 1},
                       {"num_attention_heads", 1},     {"token_dim", 2},          {"num_transformer_submodules", 2}};
  write_adapter(config, {{"prompt_embeddings", {1, 4}, {1, 2, 3, 4}}});
  EXPECT_THAT(values("prefix_embeddings.weight"), ElementsAre(1, 2, 3, 4));
  write_adapter(config, {{"prompt_embeddings", {1, 6}, {1, 2, 3, 4, 5, 6}}});
  expect_refused(ErrorCode::kCorrupted, {"prompt_embeddings", "[1, 4]", "[1, 6]"});
  json other = config;
  other["num_transformer_submodules"] = 1;
  write_adapter(other, {{"prompt_embeddings", {1, 4}, {1, 2, 3, 4}}});
  expect_refused(ErrorCode::kCorrupted, {"num_transformer_submodules", "2"});
}

TEST_F(AdapterFilesTest, TablesOfAnotherVocabularyAreMapped) {
  write_adapter({{"peft_type", "P5_BIAS"}}, {{"block.bias", {2}, {1, 2}}});
  const std::vector<std::int32_t> rows = {2, -1, 0, -1};
  const std::vector<float> fresh = {10, 11, 20, 21};
  write_safetensors(
      adapter() / AdapterConfig::kOwnTensorsFile,
      {{kSourceRowsName, TensorType::kI32, {4}, std::as_bytes(std::span(rows))},
       {std::string(kRowsPrefix) + "shared.weight", TensorType::kF32, {2, 2}, std::as_bytes(std::span(fresh))}});
  EXPECT_THAT(values("shared.weight"), ElementsAre(5, 6, 10, 11, 1, 2, 20, 21));
  EXPECT_THAT(values("block.bias"), ElementsAre(1, 2));
}

TEST_F(AdapterFilesTest, AnotherBaseIsRefused) {
  write_adapter({{"peft_type", "IA3"}, {"p5", {{"base_digest", weights_digest(base())}}}},
                {{"base_model.model.block.q.ia3_l", {2, 1}, {2, 3}}});
  EXPECT_THAT(values("block.q.weight"), ElementsAre(2, 0, 0, 3));
  write(base() / kWeightsFile, {{"block.q.weight", {2, 2}, {1, 0, 0, 2}}});
  expect_refused(ErrorCode::kCorrupted, {"another base", adapter().string()});
  fs::remove_all(base());
  expect_refused(ErrorCode::kNotFound, {"base_model_name_or_path"});
}

TEST_F(AdapterFilesTest, MisfitsNameFileTensorExpectedAndGot) {
  write_adapter({{"peft_type", "LORA"}}, {{"base_model.model.block.q.lora_A.weight", {1, 3}, {1, 2, 3}},
                                          {"base_model.model.block.q.lora_B.weight", {2, 1}, {1, 2}}});
  expect_refused(ErrorCode::kCorrupted, {"adapter_model.safetensors", "lora_A", "[1, 2]", "[1, 3]"});
  write_adapter({{"peft_type", "LORA"}}, {{"base_model.model.block.q.lora_A.weight", {1, 2}, {1, 2}}});
  expect_refused(ErrorCode::kCorrupted, {"lora_B"});
  write_adapter({{"peft_type", "LORA"}}, {{"base_model.model.other.q.lora_A.weight", {1, 2}, {1, 2}},
                                          {"base_model.model.other.q.lora_B.weight", {2, 1}, {1, 2}}});
  expect_refused(ErrorCode::kCorrupted, {"other.q.weight"});
  write_adapter({{"peft_type", "IA3"}}, {{"base_model.model.block.q.ia3_l", {5, 1}, {1, 2, 3, 4, 5}}});
  expect_refused(ErrorCode::kCorrupted, {"ia3_l", "[2, 1]", "[5, 1]"});
  write_adapter({{"peft_type", "IA3"}}, {{"base_model.model.block.q.gate", {1}, {1}}});
  expect_refused(ErrorCode::kCorrupted, {"gate"});
}

TEST_F(AdapterFilesTest, WhatWouldChangeTheResultUnseenIsRefused) {
  const std::vector<Tensor> tensors = {{"base_model.model.block.q.ia3_l", {2, 1}, {2, 3}}};
  write_adapter({{"peft_type", "LOHA"}}, tensors);
  expect_refused(ErrorCode::kUnsupported, {"LOHA", "LORA"});
  write_adapter({{"peft_type", "LORA"}, {"use_dora", true}}, tensors);
  expect_refused(ErrorCode::kUnsupported, {"use_dora"});
  write_adapter({{"peft_type", "LORA"}, {"bias", "all"}}, tensors);
  expect_refused(ErrorCode::kUnsupported, {"bias"});
  write_adapter({{"peft_type", "LORA"}, {"lora_alpha", -1}}, tensors);
  expect_refused(ErrorCode::kCorrupted, {"lora_alpha"});
}

TEST_F(AdapterFilesTest, ACircleOfBasesEnds) {
  write_adapter({{"peft_type", "IA3"}}, {{"base_model.model.block.q.ia3_l", {2, 1}, {2, 3}}});
  write_file_atomically(adapter() / AdapterConfig::kFile, R"({"peft_type": "IA3", "base_model_name_or_path": "."})");
  expect_refused(ErrorCode::kCorrupted, {"do not end"});
}

TEST(AdapterTargetsTest, NamesAreMatchedByTheirEnds) {
  EXPECT_TRUE(is_target({"q", "v"}, "encoder.block.0.layer.0.SelfAttention.q"));
  EXPECT_TRUE(is_target({"SelfAttention.q"}, "encoder.block.0.layer.0.SelfAttention.q"));
  EXPECT_FALSE(is_target({"o"}, "encoder.block.0.layer.1.DenseReluDense.wo"));
  EXPECT_TRUE(is_target({"all-linear"}, "encoder.block.0.layer.1.DenseReluDense.wo"));
  EXPECT_FALSE(is_target({"all-linear"}, "shared"));
  EXPECT_EQ(number_for({"wo=4", "q=2"}, "a.b.q", 8), 2);
  EXPECT_EQ(number_for({"wo=4"}, "a.b.q", 8), 8);
  EXPECT_THROW(number_for({"wo:4"}, "a.b.q", 8), Error);
}

}  // namespace
}  // namespace p5
