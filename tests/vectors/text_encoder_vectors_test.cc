#include "vectors/text_encoder_vectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "bert/bert_encoder.h"
#include "bert/tiny_bert.h"
#include "corpus/data_splits.h"
#include "p5/error.h"
#include "support/fake_corpus.h"
#include "support/temporary_folder.h"
#include "t5/random_checkpoint.h"
#include "t5/t5_cpu_model.h"
#include "text/sentencepiece_tokenizer.h"
#include "vectors/item_vectors.h"

namespace p5 {
namespace {

using ::testing::Each;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;

class TextEncoderVectors : public testing::Test {
 protected:
  void SetUp() override { test::write_tiny_bert(folder_.path()); }
  std::string error_of(const test::FakeData& data) {
    try {
      read_text_encoder_vectors(folder_.path(), test::FakeCorpus(data).catalog(), 1, pool_);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  }
  test::TemporaryFolder folder_;
  ThreadPool pool_{2};
  const test::FakeCorpus corpus_{{.histories = {{0, 1, 2}},
                                  .titles = {"Guitar strings", "", "Red guitar!"},
                                  .brands = {"", "", "blue"},
                                  .descriptions = {"", "", "strap"}}};
};

TEST_F(TextEncoderVectors, AreMeansOfTheTokensOfAllTexts) {
  const VectorTable table = read_text_encoder_vectors(folder_.path(), corpus_.catalog(), 3, pool_);
  ASSERT_EQ(table.width, 6U);
  const BertEncoder encoder(folder_.path());
  // [CLS] guitar str ##ings [SEP]; the eighth position is the last that the model has.
  const auto row = [&](std::size_t item) {
    return std::vector<float>(table.values.begin() + static_cast<std::ptrdiff_t>(6 * item),
                              table.values.begin() + static_cast<std::ptrdiff_t>(6 * item + 6));
  };
  EXPECT_THAT(row(0), Pointwise(FloatNear(1e-6f), encoder.means(std::vector<std::vector<TokenId>>{{2, 5, 6, 7, 3}})));
  EXPECT_THAT(row(1), Each(0.0f));
  EXPECT_THAT(row(2),
              Pointwise(FloatNear(1e-6f), encoder.means(std::vector<std::vector<TokenId>>{{2, 4, 5, 9, 10, 11, 3}})));
}

// Of a T5: the mean of what its decoder would read, whatever else is read together.
TEST_F(TextEncoderVectors, OfAT5AreMeansOfItsEncodersStates) {
  const std::filesystem::path folder = folder_.path() / "t5";
  int next = 0;
  const auto pieces = SentencePieceTokenizer::train(
      [&](std::string& sentence) {
        sentence = "red guitar strings and a blue strap number " + std::to_string(next);
        return next++ < 100;
      },
      {.pieces = 150});
  const T5Spec spec = test::nano(static_cast<std::int32_t>(pieces->size()));
  test::write_random_checkpoint(folder, spec, 3);
  write_file_atomically(folder / "spiece.model", pieces->model_bytes());
  const VectorTable table = read_text_encoder_vectors(folder, corpus_.catalog(), 3, pool_);
  ASSERT_EQ(table.width, static_cast<std::size_t>(spec.d_model));
  std::vector<TokenId> tokens;
  pieces->encode("Guitar strings", tokens);
  tokens.push_back(kEndToken);
  const std::size_t length = tokens.size();
  const TokenBatch batch = pad_rows({{.source = tokens, .whole_word = {}, .target = {5, 6, kEndToken}}});
  const std::vector<float> states = T5CpuModel::load(folder, test::kCpu)->logits(batch).encoder_states;
  for (std::size_t i = 0; i < table.width; ++i) {
    float mean = 0;
    for (std::size_t position = 0; position < length; ++position) mean += states[position * table.width + i];
    EXPECT_NEAR(table.values[i], mean / static_cast<float>(length), 1e-5) << i;
    EXPECT_EQ(table.values[table.width + i], 0.0f);
  }
}

TEST_F(TextEncoderVectors, AreAViewOfItems) {
  const DataSplits data = make_splits(
      std::make_shared<const test::FakeCorpus>(test::FakeData{
          .histories = {{0, 1, 2, 0, 1}, {2, 1, 0, 2}}, .titles = {"guitar strings", "red guitar", "blue strap"}}),
      {});
  const ItemVectorSet set =
      make_item_vectors(*data.ranking, {.views = {"text-encoder:" + folder_.path().string()}}, 1, 1);
  EXPECT_EQ(set.width, 6U);
  EXPECT_EQ(set.values.size(), 18U);
}

TEST_F(TextEncoderVectors, WhatCannotBeEncodedIsAnError) {
  EXPECT_THAT(error_of({.histories = {{0}}}), HasSubstr("no item has a text"));
  write_file_atomically(folder_ / "vocab.txt", std::string(test::kTinyBertPieces) + "one\n");
  EXPECT_THAT(error_of({.histories = {{0}}, .titles = {"a"}}), HasSubstr("at most 12 pieces"));
  std::filesystem::remove(folder_ / "vocab.txt");
  EXPECT_THAT(error_of({.histories = {{0}}, .titles = {"a"}}), HasSubstr("no text encoder here"));
}

}  // namespace
}  // namespace p5
