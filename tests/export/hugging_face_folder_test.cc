#include "export/hugging_face_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file.h"
#include "model/checkpoint_weights.h"
#include "support/temporary_folder.h"
#include "t5/random_checkpoint.h"
#include "t5/t5_checkpoint.h"
#include "text/sentencepiece_tokenizer.h"

namespace p5 {
namespace {

T5Spec small(bool tied, bool scaled) {
  T5Spec spec;
  spec.vocab_size = 8;
  spec.d_model = 4;
  spec.d_kv = 2;
  spec.d_ff = 6;
  spec.num_layers = spec.num_decoder_layers = 1;
  spec.num_heads = 2;
  spec.whole_word_rows = 5;
  spec.tie_word_embeddings = tied;
  spec.scale_decoder_outputs = scaled;
  return spec;
}

std::shared_ptr<const SentencePieceTokenizer> some_pieces() {
  int left = 30;
  const auto next = [&left](std::string& sentence) {
    sentence = "what will the user buy next after the red guitar and the blue drum";
    return left-- > 0;
  };
  return SentencePieceTokenizer::train(next, {.pieces = 200});
}

std::vector<float> values(const SafetensorsFile& file, std::string_view name) {
  const TensorRecord* record = file.find(name);
  if (record == nullptr) return {};
  std::vector<float> read(static_cast<std::size_t>(record->element_count()));
  copy_as_float(*record, read);
  return read;
}

class HuggingFaceFolder : public testing::Test {
 protected:
  nlohmann::json write(const T5Spec& spec) {
    test::write_random_checkpoint(folder_ / "in", spec, 3);
    const SafetensorsFile file = open_t5_weights(folder_ / "in");
    const Vocabulary vocabulary(some_pieces(), 2, {"item_1", "item_2"}, {"user_1"});
    std::filesystem::create_directories(folder_ / "out");
    write_hugging_face(folder_ / "out", {spec, file, vocabulary});
    return nlohmann::json::parse(read_file(folder_ / "out/config.json"));
  }
  SafetensorsFile weights() const { return SafetensorsFile(folder_ / "out/model.safetensors"); }
  SafetensorsFile given() const { return SafetensorsFile(folder_ / "in/model.safetensors"); }

  test::TemporaryFolder folder_;
};

TEST_F(HuggingFaceFolder, SharedAndScaledOutputsNeedNoMatrix) {
  const auto config = write(small(true, true));
  EXPECT_EQ(config["tie_word_embeddings"], true);
  EXPECT_EQ(config["model_type"], "t5");
  EXPECT_EQ(weights().find(kLmHeadName), nullptr);
  EXPECT_EQ(values(weights(), kSharedName), values(given(), kSharedName));
}

// transformers scales outputs exactly where they are shared: what differs must be said by the matrix.
TEST_F(HuggingFaceFolder, OutputsThatAreSharedAndNotScaledGetTheirMatrix) {
  const auto config = write(small(true, false));
  EXPECT_EQ(config["tie_word_embeddings"], false);
  EXPECT_EQ(values(weights(), kLmHeadName), values(given(), kSharedName));
}

TEST_F(HuggingFaceFolder, OutputsThatAreScaledAndNotSharedHaveTheScaleInTheMatrix) {
  const auto config = write(small(false, true));
  EXPECT_EQ(config["tie_word_embeddings"], false);
  const auto scaled = values(weights(), kLmHeadName), plain = values(given(), kLmHeadName);
  ASSERT_EQ(scaled.size(), plain.size());
  for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_FLOAT_EQ(scaled[i], plain[i] / 2.0f);
}

TEST_F(HuggingFaceFolder, WhatTransformersLacksIsInAFileOfItsOwn) {
  write(small(true, true));
  EXPECT_EQ(weights().find(kWholeWordName), nullptr);
  const SafetensorsFile extra(folder_ / "out" / kExtraWeightsFile);
  EXPECT_EQ(values(extra, kWholeWordName), values(given(), kWholeWordName));
}

TEST_F(HuggingFaceFolder, TokensOfItemsAreAddedTokensWithTheNumbersOfTheModel) {
  write(small(true, true));
  const auto config = nlohmann::json::parse(read_file(folder_ / "out/tokenizer_config.json"));
  const auto pieces = static_cast<int>(some_pieces()->size());
  const auto content = [&](int token) { return config["added_tokens_decoder"][std::to_string(token)]["content"]; };
  EXPECT_EQ(content(1), "</s>");
  EXPECT_EQ(content(pieces), "<extra_id_1>");  // counted backwards from the end, as T5 does
  EXPECT_EQ(content(pieces + 1), "<extra_id_0>");
  EXPECT_EQ(content(pieces + 2), "<item_1>");
  EXPECT_EQ(content(pieces + 4), "<user_1>");
  const auto added = nlohmann::json::parse(read_file(folder_ / "out/added_tokens.json"));
  EXPECT_EQ(added["<item_2>"], pieces + 3);
}

}  // namespace
}  // namespace p5
