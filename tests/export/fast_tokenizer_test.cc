#include "export/fast_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "text/sentencepiece_tokenizer.h"

namespace p5 {
namespace {

using testing::HasSubstr;

std::shared_ptr<const SentencePieceTokenizer> some_pieces() {
  int left = 30;
  const auto next = [&left](std::string& sentence) {
    sentence = "what will the user buy next after the red guitar and the blue drum";
    return left-- > 0;
  };
  return SentencePieceTokenizer::train(next, {.pieces = 200});
}

class FastTokenizer : public testing::Test {
 protected:
  std::shared_ptr<const SentencePieceTokenizer> tokenizer_ = some_pieces();
  Vocabulary vocabulary_{tokenizer_, 2, {"item_1", "item_2"}, {"user_1"}};
  SentencePieceModel pieces_ = read_sentencepiece_model(tokenizer_->model_bytes(), "model");
};

TEST_F(FastTokenizer, HasThePiecesWithTheirScores) {
  const auto json = fast_tokenizer(pieces_, vocabulary_);
  const auto& pieces = json["model"]["vocab"];
  ASSERT_EQ(pieces.size(), tokenizer_->size());
  float least = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    EXPECT_EQ(pieces[i][0], tokenizer_->piece(static_cast<TokenId>(i)));
    least = std::min(least, pieces[i][1].get<float>());
  }
  EXPECT_LT(least, -2);  // logarithms of probabilities
  EXPECT_EQ(json["model"]["unk_id"], kUnknownToken);
  EXPECT_EQ(json["post_processor"]["single"][1]["SpecialToken"]["id"], "</s>");
}

// The library numbers added tokens as they come, so no number may be missing before the end.
TEST_F(FastTokenizer, AddsTokensInTheOrderOfTheirNumbers) {
  const auto tokens = fast_tokenizer(pieces_, vocabulary_)["added_tokens"];
  const std::vector<std::string> names{"<pad>",        "</s>",     "<unk>",    "<extra_id_1>",
                                       "<extra_id_0>", "<item_1>", "<item_2>", "<user_1>"};
  ASSERT_EQ(tokens.size(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::size_t id = i < 3 ? i : tokenizer_->size() + i - 3;
    EXPECT_EQ(tokens[i]["id"], id) << names[i];
    EXPECT_EQ(tokens[i]["content"], names[i]);
    EXPECT_EQ(tokens[i]["special"], i < 5);
  }
  EXPECT_EQ(tokens.back()["id"], vocabulary_.size() - 1);
}

TEST_F(FastTokenizer, NormalisesAsTheModelDoes) {
  EXPECT_FALSE(pieces_.charsmap.empty());
  EXPECT_TRUE(pieces_.adds_dummy_prefix && pieces_.removes_extra_blanks);
  const auto table = [&](std::string bytes) {
    pieces_.charsmap = std::move(bytes);
    return fast_tokenizer(pieces_, vocabulary_)["normalizer"]["normalizers"][0];
  };
  EXPECT_EQ(table("Man")["precompiled_charsmap"], "TWFu");
  EXPECT_EQ(table("Ma")["precompiled_charsmap"], "TWE=");
  EXPECT_EQ(table("M\xFF\xFE\xFD")["precompiled_charsmap"], "Tf/+/Q==");
  EXPECT_EQ(table("")["type"], "Strip");  // no table: texts stay as they are
}

TEST_F(FastTokenizer, SaysWhatItCannotSay) {
  EXPECT_EQ(no_fast_tokenizer(pieces_), "");
  SentencePieceModel other = pieces_;
  other.adds_dummy_prefix = false;
  EXPECT_THAT(no_fast_tokenizer(other), HasSubstr("without a blank"));
  other = pieces_;
  other.removes_extra_blanks = false;
  EXPECT_THAT(no_fast_tokenizer(other), HasSubstr("blanks in a row"));
  other = pieces_;
  other.pieces[7].plain = false;
  EXPECT_THAT(no_fast_tokenizer(other), HasSubstr("'" + pieces_.pieces[7].text + "'"));
}

}  // namespace
}  // namespace p5
