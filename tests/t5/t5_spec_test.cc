#include "t5/t5_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "p5/error.h"
#include "support/temporary_folder.h"
#include "t5/tensor_names.h"

namespace p5 {
namespace {

using nlohmann::json;
using test::TemporaryFolder;

TEST(T5Spec, PresetsHaveThePublishedSizes) {
  EXPECT_EQ(T5Spec::preset("small").parameter_count(), 60'754'432);  // the paper's 60.75M
  EXPECT_EQ(T5Spec::preset("base").parameter_count(), 223'275'264);  // 223.28M
  EXPECT_LT(T5Spec::preset("nano").parameter_count(), T5Spec::preset("tiny").parameter_count());
  T5Spec plain = T5Spec::preset("small");
  plain.vocab_size = 32128;
  plain.whole_word_rows = 0;
  EXPECT_EQ(plain.parameter_count(), 60'506'624);  // T5-small itself
  EXPECT_EQ(expected_tensors(plain).size(), 131u);
  try {
    T5Spec::preset("huge");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.what(), testing::HasSubstr("nano, tiny, small, base"));
  }
}

TEST(T5Spec, ParametersAreThoseOfTheTensors) {
  for (const char* name : {"nano", "tiny", "small", "base"}) {
    T5Spec spec = T5Spec::preset(name);
    for (const bool changed : {false, true}) {
      if (changed) {
        spec.num_decoder_layers = spec.num_layers + 1;
        spec.feed_forward_proj = "gated-gelu";
        spec.tie_word_embeddings = false;
        spec.d_kv += 3;
        spec.whole_word_rows = 0;
        spec.relative_attention_num_buckets = 20;
      }
      std::int64_t sum = 0;
      for (const ExpectedTensor& tensor : expected_tensors(spec)) {
        std::int64_t size = 1;
        for (const std::int64_t extent : tensor.shape) size *= extent;
        sum += size;
      }
      EXPECT_EQ(spec.parameter_count(), sum) << name << changed;
    }
  }
}

TEST(T5Spec, AbsurdSizesDoNotOverflow) {
  T5Spec spec;
  spec.d_model = spec.num_heads = spec.d_kv = spec.num_layers = std::int64_t{1} << 18;
  EXPECT_EQ(spec.parameter_count(), 9'000'000'000'000'000'000);
}

TEST(TrainingMemory, CountsWeightsGradientStateAndBest) {
  const T5Spec small = T5Spec::preset("small");
  EXPECT_EQ(small.training_memory(2, 0).total(), 60'754'432.0 * 4 * 5);
  EXPECT_EQ(small.training_memory(1, 0).total(), 60'754'432.0 * 4 * 4);
  // 6 blocks; per token: 2 inputs of width 512, q, k, v and the heads' output of 512, the hidden layer of 2,048.
  EXPECT_EQ(small.training_memory(2, 100).activations, 100.0 * 6 * (2 * 512 + 4 * 512 + 2048) * 4);
}

TEST(TensorNames, AreHuggingFaces) {
  T5Spec spec = T5Spec::preset("nano");
  std::set<std::string> names;
  for (const ExpectedTensor& tensor : expected_tensors(spec)) EXPECT_TRUE(names.insert(tensor.name).second);
  EXPECT_TRUE(names.count("encoder.block.1.layer.1.DenseReluDense.wi.weight"));
  EXPECT_TRUE(names.count("decoder.block.0.layer.1.EncDecAttention.k.weight"));
  EXPECT_TRUE(names.count("decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"));
  EXPECT_FALSE(names.count("decoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight"));
  EXPECT_FALSE(names.count("lm_head.weight"));
  spec.feed_forward_proj = "gated-gelu";
  spec.tie_word_embeddings = false;
  names.clear();
  for (const ExpectedTensor& tensor : expected_tensors(spec)) names.insert(tensor.name);
  EXPECT_TRUE(names.count("decoder.block.0.layer.2.DenseReluDense.wi_1.weight"));
  EXPECT_FALSE(names.count("decoder.block.0.layer.2.DenseReluDense.wi.weight"));
  EXPECT_TRUE(names.count("lm_head.weight"));
}

class ConfigTest : public testing::Test {
 protected:
  T5Spec read(const std::string& text) {
    write_file_atomically(folder_ / "config.json", text);
    return T5Spec::read_json(folder_ / "config.json");
  }
  TemporaryFolder folder_;
};

TEST_F(ConfigTest, WrittenAndReadIsTheSame) {
  T5Spec spec;
  spec.vocab_size = 1000;
  spec.d_model = 48;
  spec.d_kv = 6;
  spec.d_ff = 100;
  spec.num_layers = 3;
  spec.num_decoder_layers = 4;
  spec.num_heads = 5;
  spec.relative_attention_num_buckets = 16;
  spec.relative_attention_max_distance = 64;
  spec.dropout_rate = 0.25;
  spec.layer_norm_epsilon = 1e-5;
  spec.initializer_factor = 0.3;
  spec.initializer_id_embedding = 0.05;
  spec.first_id_row = 9;
  spec.feed_forward_proj = "gated-gelu";
  spec.tie_word_embeddings = false;
  spec.scale_decoder_outputs = false;
  spec.whole_word_rows = 77;
  spec.write_json(folder_ / "config.json");
  const T5Spec again = T5Spec::read_json(folder_ / "config.json");
  again.write_json(folder_ / "again.json");
  EXPECT_EQ(read_file(folder_ / "config.json"), read_file(folder_ / "again.json"));
  const json document = json::parse(read_file(folder_ / "config.json"));
  EXPECT_EQ(document.at("model_type"), "t5");
  EXPECT_EQ(document.at("num_decoder_layers"), 4);
  EXPECT_EQ(document.at("layer_norm_epsilon"), 1e-5);
  EXPECT_EQ(again.whole_word_rows, 77);
}

TEST_F(ConfigTest, DefaultsAreT5s) {
  const T5Spec spec = read("{}");
  EXPECT_EQ(spec.vocab_size, 32128);
  EXPECT_EQ(spec.feed_forward_proj, "relu");
  EXPECT_TRUE(spec.tie_word_embeddings && spec.scale_decoder_outputs);
  EXPECT_EQ(spec.whole_word_rows, 0);
  EXPECT_EQ(read(R"({"num_layers": 3})").num_decoder_layers, 3);
  EXPECT_EQ(read(R"({"num_layers": 3, "num_decoder_layers": null})").num_decoder_layers, 3);
  EXPECT_FALSE(read(R"({"tie_word_embeddings": false})").scale_decoder_outputs);
  EXPECT_TRUE(read(R"({"tie_word_embeddings": false, "scale_decoder_outputs": true})").scale_decoder_outputs);
}

TEST_F(ConfigTest, RefusesBadValuesByFieldAndValue) {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"vocab_size", "\"many\""},
      {"vocab_size", "0"},
      {"vocab_size", "1.5"},
      {"vocab_size", "1e30"},
      {"vocab_size", "[1]"},
      {"vocab_size", "18446744073709551615"},
      {"d_model", "-8"},
      {"d_model", "true"},
      {"num_layers", "100000"},
      {"num_heads", "{}"},
      {"d_kv", "0"},
      {"relative_attention_num_buckets", "3"},
      {"dropout_rate", "1.0"},
      {"dropout_rate", "\"0.1\""},
      {"layer_norm_epsilon", "0"},
      {"d_ff", "1e5000"},
      {"tie_word_embeddings", "1"},
      {"relative_attention_max_distance", "16"},
      {"whole_word_rows", "-1"},
  };
  for (const auto& [field, value] : bad) {
    try {
      read("{\"" + field + "\": " + value + "}");
      ADD_FAILURE() << field << " " << value;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorrupted);
      EXPECT_EQ(error.subject(), ErrorSubject::kModel);
      if (value != "1e5000") {
        EXPECT_THAT(error.what(), testing::HasSubstr(field)) << value;
      }
    }
  }
  for (const char* text : {"", "[]", "3", "{", "{\"a\": \xff}", "{\"vocab_size\": 5}}"}) {
    EXPECT_THROW(read(text), Error) << text;
  }
  const std::string deep = std::string(400000, '[') + std::string(400000, ']');
  EXPECT_THROW(read("{\"d_model\": " + deep + "}"), Error) << "printing it would end the stack";
}

TEST_F(ConfigTest, OtherKindsOfModelsAreUnsupported) {
  for (const char* text : {R"({"model_type": "bert"})", R"({"feed_forward_proj": "gated-silu"})",
                           R"({"decoder_start_token_id": 5})", R"({"eos_token_id": 2})", R"({"pad_token_id": "0"})"}) {
    try {
      read(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << text;
    }
  }
  EXPECT_NO_THROW(read(R"({"model_type": "mt5", "eos_token_id": 1})"));
}

}  // namespace
}  // namespace p5
