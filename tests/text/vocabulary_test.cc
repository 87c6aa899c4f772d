#include "text/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/file.h"
#include "p5/error.h"
#include "support/temporary_folder.h"
#include "text/sentencepiece_tokenizer.h"
#include "text/whole_word.h"

namespace p5 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Tokens = std::vector<TokenId>;

std::shared_ptr<const SentencePieceTokenizer> small_tokenizer() {
  static const auto tokenizer = [] {
    int left = 50;
    return SentencePieceTokenizer::train(
        [&](std::string& sentence) {
          sentence = "what next , after soap and cream ? user_" + std::to_string(left);
          return left-- > 0;
        },
        {.pieces = 150});
  }();
  return tokenizer;
}

Vocabulary small_vocabulary() { return Vocabulary(small_tokenizer(), 100, {"item_1", "item_2"}); }

Vocabulary with_users() { return Vocabulary(small_tokenizer(), 100, {"item_1", "item_2"}, {"user_1", "user_2"}); }

Tokens encode(const Vocabulary& vocabulary, std::string_view text) {
  Tokens tokens;
  vocabulary.tokenizer().encode(text, tokens);
  return tokens;
}

TEST(Vocabulary, OrdersPiecesSentinelsAndIdTokens) {
  const Vocabulary vocabulary = small_vocabulary();
  const auto pieces = static_cast<TokenId>(small_tokenizer()->size());
  EXPECT_EQ(vocabulary.items().begin, pieces + 100);
  EXPECT_EQ(vocabulary.size(), small_tokenizer()->size() + 102);
  EXPECT_TRUE(vocabulary.begins_word(pieces + 100));
  EXPECT_TRUE(vocabulary.begins_word(pieces + 101));
  EXPECT_FALSE(vocabulary.begins_word(pieces + 102));
  EXPECT_FALSE(vocabulary.begins_word(pieces));
  EXPECT_FALSE(vocabulary.begins_word(kPadToken));
  EXPECT_FALSE(vocabulary.begins_word(kEndToken));
  EXPECT_FALSE(vocabulary.begins_word(-5));
  EXPECT_TRUE(vocabulary.begins_word(encode(vocabulary, "soap")[0]));
}

TEST(Vocabulary, DecodesPiecesSentinelsAndIdTokens) {
  const Vocabulary vocabulary = small_vocabulary();
  const TokenId first = vocabulary.items().begin;
  Tokens tokens = encode(vocabulary, "what next");
  tokens.push_back(first + 1);
  const Tokens tail = encode(vocabulary, "soap and cream");
  tokens.insert(tokens.end(), tail.begin(), tail.end());
  tokens.push_back(first - 1);  // T5: the last sentinel is extra_id_0
  tokens.insert(tokens.end(), {kEndToken, kPadToken, 999999, -3});
  EXPECT_EQ(vocabulary.decode(tokens), "what next <item_2> soap and cream <extra_id_0>");
  EXPECT_EQ(vocabulary.decode(Tokens{first - 100}), "<extra_id_99>");
  EXPECT_EQ(vocabulary.decode(Tokens{}), "");
}

TEST(Vocabulary, ComesBackFromAFolder) {
  const test::TemporaryFolder folder;
  small_vocabulary().save(folder.path());
  const Vocabulary vocabulary = Vocabulary::load(folder.path());
  EXPECT_EQ(vocabulary.sentinels().size(), 100u);
  EXPECT_THAT(vocabulary.id_tokens(), ElementsAre("item_1", "item_2"));
  EXPECT_EQ(vocabulary.size(), small_vocabulary().size());
  EXPECT_EQ(encode(vocabulary, "soap"), encode(small_vocabulary(), "soap"));
}

TEST(Vocabulary, ItsRangesFollowEachOther) {
  const Vocabulary vocabulary = with_users();
  const auto pieces = static_cast<TokenId>(small_tokenizer()->size());
  EXPECT_EQ(vocabulary.pieces(), (TokenRange{0, pieces}));
  EXPECT_EQ(vocabulary.sentinels(), (TokenRange{pieces, pieces + 100}));
  EXPECT_EQ(vocabulary.items(), (TokenRange{pieces + 100, pieces + 102}));
  EXPECT_EQ(vocabulary.users(), (TokenRange{pieces + 102, pieces + 104}));
  EXPECT_EQ(vocabulary.size(), small_tokenizer()->size() + 104);
  EXPECT_EQ(vocabulary.id_token("user_2"), pieces + 103);
  EXPECT_TRUE(vocabulary.begins_word(pieces + 103));
  EXPECT_FALSE(vocabulary.begins_word(pieces + 104));
  EXPECT_EQ(vocabulary.decode(Tokens{pieces + 100, pieces + 102}), "<item_1> <user_1>");
  EXPECT_EQ(small_vocabulary().users().size(), 0u);
}

TEST(Vocabulary, UsersComeBackFromAFolder) {
  const test::TemporaryFolder folder;
  with_users().save(folder.path());
  const Vocabulary vocabulary = Vocabulary::load(folder.path());
  EXPECT_EQ(vocabulary.items(), with_users().items());
  EXPECT_EQ(vocabulary.users(), with_users().users());
  EXPECT_THAT(vocabulary.id_tokens(), ElementsAre("item_1", "item_2", "user_1", "user_2"));
}

TEST(Vocabulary, FilesFromBeforeTheUsersFieldTellThemByName) {
  const test::TemporaryFolder folder;
  with_users().save(folder.path());
  std::string json = read_file(folder / "vocabulary.json");
  const std::string field = ",\n \"user_tokens\": 2";
  ASSERT_NE(json.find(field), std::string::npos) << json;
  write_file_atomically(folder / "vocabulary.json", json.erase(json.find(field), field.size()));
  EXPECT_EQ(Vocabulary::load(folder.path()).users(), with_users().users());
}

std::string reason(const test::TemporaryFolder& folder, const std::string& json) {
  write_file_atomically(folder / "vocabulary.json", json);
  try {
    Vocabulary::load(folder.path());
  } catch (const Error& error) {
    EXPECT_EQ(error.subject(), ErrorSubject::kModel);
    return error.what();
  }
  return "accepted";
}

TEST(Vocabulary, RefusesDamagedFolders) {
  const test::TemporaryFolder folder;
  EXPECT_THROW(Vocabulary::load(folder.path()), Error);
  small_vocabulary().save(folder.path());
  const std::string good = read_file(folder / "vocabulary.json");
  const auto with = [&](const std::string& old, const std::string& fresh) {
    std::string bad = good;
    bad.replace(bad.find(old), old.size(), fresh);
    return reason(folder, bad);
  };
  EXPECT_EQ(reason(folder, good), "accepted");
  EXPECT_THAT(reason(folder, good.substr(0, good.size() / 2)), HasSubstr("not valid JSON"));
  EXPECT_THAT(reason(folder, "[]"), HasSubstr("a JSON object"));
  EXPECT_THAT(with("\"version\": 1", "\"version\": 2"), HasSubstr("another version"));
  EXPECT_THAT(with("\"version\": 1", "\"version\": 99999999999999999999999"), HasSubstr("version"));
  EXPECT_THAT(with("\"version\": 1", "\"version\": 18446744073709551615"), HasSubstr("another version"));
  EXPECT_THAT(with("\"sentinels\": 100", "\"sentinels\": -1"), HasSubstr("from 0 to 10000, got -1"));
  EXPECT_THAT(with("\"sentinels\": 100", "\"sentinels\": 2000000000"), HasSubstr("got 2000000000"));
  EXPECT_THAT(with("\"sentinels\": 100", "\"sentinels\": \"100\""), HasSubstr("got '100'"));
  EXPECT_THAT(with("\"sentinels\": 100", "\"sentinels\": 100, \"user_tokens\": 3"), HasSubstr("user_tokens"));
  EXPECT_THAT(with("\"item_1\"", "7"), HasSubstr("expected a list of texts, got 7"));
  EXPECT_THAT(with("\"item_1\"", "\"item_2\""), HasSubstr("share a name"));
  EXPECT_THAT(with("\"item_1\"", "\"\""), HasSubstr("needs a name"));

  write_file_atomically(folder / "vocabulary.json", good);
  // A valid model, but another one: it has one more unknown field.
  write_file_atomically(folder / "spiece.model", read_file(folder / "spiece.model") + std::string("\xA0\x06\0", 3));
  EXPECT_THAT(reason(folder, good), HasSubstr("SHA-256"));
}

TEST(Vocabulary, RefusesImpossibleParts) {
  EXPECT_THROW(Vocabulary(small_tokenizer(), -1, {}), Error);
  EXPECT_THROW(Vocabulary(small_tokenizer(), 0, {"a", "a"}), Error);
  EXPECT_THROW(Vocabulary(small_tokenizer(), 0, {"\xC0\x80"}), Error);
  EXPECT_THROW(Vocabulary(small_tokenizer(), 0, {"a"}, {"a"}), Error);
}

TEST(WholeWordIds, CountWordsFromOneAndLeaveEndAndPaddingOut) {
  const Vocabulary vocabulary = small_vocabulary();
  Tokens tokens = encode(vocabulary, "soap user_42");
  const auto second = static_cast<std::ptrdiff_t>(encode(vocabulary, "soap").size());
  const std::size_t text = tokens.size();
  tokens.insert(tokens.end(), {vocabulary.items().begin, kEndToken, kPadToken, kPadToken});
  const std::vector<std::int32_t> ids = whole_word_ids(tokens, vocabulary, 512);
  std::vector<std::int32_t> expected(text, 2);
  std::fill_n(expected.begin(), second, 1);
  expected.insert(expected.end(), {3, 0, 0, 0});
  EXPECT_EQ(ids, expected);
}

TEST(WholeWordIds, StayBelowTheTable) {
  const Vocabulary vocabulary = small_vocabulary();
  const Tokens tokens(600, vocabulary.items().begin);
  const std::vector<std::int32_t> ids = whole_word_ids(tokens, vocabulary, 512);
  EXPECT_EQ(ids[510], 511);
  EXPECT_EQ(ids.back(), 511);
  EXPECT_THAT(whole_word_ids(Tokens{vocabulary.items().begin}, vocabulary, 0), ElementsAre(0));
}

TEST(WholeWordIds, MatchP5OnT5) {
  const auto file = test::shared_folder() / "datasets/t5/spiece.model";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "T5's model is not here";
  const Vocabulary vocabulary(SentencePieceTokenizer::load(file), 100, {});
  Tokens tokens = encode(vocabulary, "item_7391 , item_5");  // _item _ 73 91 _ , _item _ 5
  tokens.push_back(kEndToken);
  std::vector<std::string> pieces;
  for (const TokenId token : tokens) pieces.emplace_back(vocabulary.tokenizer().piece(token));
  std::int32_t word = 0;
  std::vector<std::int32_t> expected;
  for (const std::string& piece : pieces) expected.push_back(word += piece.starts_with("\xE2\x96\x81") ? 1 : 0);
  expected.back() = 0;
  EXPECT_EQ(whole_word_ids(tokens, vocabulary, 512), expected);
  EXPECT_EQ(expected[0], 1);
  EXPECT_EQ(expected[3], 1) << "the pieces of one id are one word";
}

}  // namespace
}  // namespace p5
