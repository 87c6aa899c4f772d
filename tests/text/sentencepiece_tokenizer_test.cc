#include "text/sentencepiece_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/rng.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Tokens = std::vector<TokenId>;

Tokens encode(const Tokenizer& tokenizer, std::string_view text) {
  Tokens tokens;
  tokenizer.encode(text, tokens);
  return tokens;
}

std::vector<std::string> sentences() {
  std::vector<std::string> texts;
  const std::vector<std::string> words = {"soap", "cream", "brush", "smells", "nice", "dries", "the", "skin", "soft"};
  Rng rng(1, "sentences");
  for (int i = 0; i < 300; ++i) {
    std::string text = "user_" + std::to_string(rng.below(50)) + " says";
    for (int word = 0; word < 8; ++word) text += " " + words[rng.below(words.size())];
    texts.push_back(text);
  }
  return texts;
}

std::shared_ptr<const SentencePieceTokenizer> trained(std::int64_t pieces = 300) {
  std::size_t next = 0;
  const std::vector<std::string> texts = sentences();
  return SentencePieceTokenizer::train(
      [&](std::string& sentence) {
        if (next == texts.size()) return false;
        sentence = texts[next++];
        return true;
      },
      {.pieces = pieces});
}

std::shared_ptr<const SentencePieceTokenizer> t5() {
  const auto file = test::shared_folder() / "datasets/t5/spiece.model";
  return std::filesystem::exists(file) ? SentencePieceTokenizer::load(file) : nullptr;
}

TEST(SentencePieceTokenizer, SplitsAsT5Does) {
  const auto tokenizer = t5();
  if (tokenizer == nullptr) GTEST_SKIP() << "T5's model is not here";
  EXPECT_EQ(tokenizer->size(), 32000u);
  EXPECT_THAT(encode(*tokenizer, "Hello world"), ElementsAre(8774, 296));
  EXPECT_THAT(encode(*tokenizer, "translate English to German: That is good."),
              ElementsAre(13959, 1566, 12, 2968, 10, 466, 19, 207, 5));
  EXPECT_THAT(encode(*tokenizer, "yes"), ElementsAre(4273));
  EXPECT_THAT(encode(*tokenizer, "no"), ElementsAre(150));
  std::vector<std::string> pieces;
  for (const TokenId token : encode(*tokenizer, "item_7391")) pieces.emplace_back(tokenizer->piece(token));
  EXPECT_THAT(pieces, ElementsAre("\xE2\x96\x81item", "_", "73", "91"));
}

TEST(SentencePieceTokenizer, MarksWordsAndSpecials) {
  const auto tokenizer = t5();
  if (tokenizer == nullptr) GTEST_SKIP() << "T5's model is not here";
  EXPECT_TRUE(tokenizer->begins_word(8774));
  EXPECT_FALSE(tokenizer->begins_word(5));  // "."
  EXPECT_FALSE(tokenizer->begins_word(kEndToken));
  EXPECT_FALSE(tokenizer->begins_word(-1));
  EXPECT_FALSE(tokenizer->begins_word(40000));
  EXPECT_EQ(tokenizer->piece(kPadToken), "<pad>");
  EXPECT_EQ(tokenizer->piece(kEndToken), "</s>");
  EXPECT_THROW(tokenizer->piece(32000), Error);
  EXPECT_THROW(tokenizer->decode({32000}), Error);
}

TEST(SentencePieceTokenizer, TreatsNewlinesAsSpaces) {
  const auto tokenizer = trained();
  EXPECT_EQ(encode(*tokenizer, "soap\nsmells\r\n\tnice"), encode(*tokenizer, "soap smells nice"));
  EXPECT_EQ(encode(*tokenizer, std::string_view("soap\0nice", 9)), encode(*tokenizer, "soap nice"));
}

TEST(SentencePieceTokenizer, TrainsWithT5SpecialIdsAndSpellsEveryId) {
  const auto tokenizer = trained();
  EXPECT_EQ(tokenizer->piece(kPadToken), "<pad>");
  EXPECT_EQ(tokenizer->piece(kEndToken), "</s>");
  EXPECT_EQ(tokenizer->piece(kUnknownToken), "<unk>");
  EXPECT_LE(tokenizer->size(), 300u);
  for (const char* text : {"item_9876543210", "soap smells nice", "What will user_17 buy?", "ZYX & co."}) {
    const Tokens tokens = encode(*tokenizer, text);
    EXPECT_THAT(tokens, ::testing::Not(::testing::Contains(kUnknownToken))) << text;
    EXPECT_EQ(tokenizer->decode(tokens), text);
  }
  std::size_t digits = 0;
  for (const TokenId token : encode(*tokenizer, "user_1234")) {
    digits += tokenizer->piece(token).find_first_of("0123456789") != std::string_view::npos ? 1 : 0;
  }
  EXPECT_EQ(digits, 4u) << "numbers are split into digits";
}

TEST(SentencePieceTokenizer, TrainsTheSameModelTwice) { EXPECT_EQ(trained()->model_bytes(), trained()->model_bytes()); }

TEST(SentencePieceTokenizer, KeepsAtMostTheWantedSentences) {
  std::size_t next = 0;
  const auto tokenizer = SentencePieceTokenizer::train(
      [&](std::string& sentence) {
        sentence = next < 2000 ? "soap cream brush " + std::to_string(next) : "";
        return next++ < 2000;
      },
      {.pieces = 200, .max_sentences = 20});
  EXPECT_EQ(next, 2001u) << "all sentences are offered to the sample";
  EXPECT_THAT(encode(*tokenizer, "soap"), ::testing::Not(::testing::Contains(kUnknownToken)));
}

TEST(SentencePieceTokenizer, RefusesNothingToTrainOn) {
  EXPECT_THROW(SentencePieceTokenizer::train([](std::string&) { return false; }, {}), Error);
  int left = 5;
  const auto blanks = [&](std::string& sentence) {
    sentence = " \n";
    return left-- > 0;
  };
  EXPECT_THROW(SentencePieceTokenizer::train(blanks, {}), Error);
  EXPECT_THROW(trained(3), Error);
}

// A hostile or damaged file is either refused as a model error, or loads and works.
void expect_refused_or_sound(const std::string& bytes) {
  try {
    const auto tokenizer = SentencePieceTokenizer::from_bytes(bytes, "damaged");
    Tokens tokens = encode(*tokenizer, "soap smells \xEF\xBD\x81 \xC3\xA9 nice 12");
    tokenizer->decode(tokens);
  } catch (const Error& error) {
    EXPECT_EQ(error.subject(), ErrorSubject::kModel) << error.what();
  }
}

TEST(SentencePieceTokenizer, SurvivesEveryTruncation) {
  const std::string good = trained(200)->model_bytes();
  Rng rng(3, "cuts");
  for (int i = 0; i < 100; ++i) expect_refused_or_sound(good.substr(0, rng.below(good.size())));
  EXPECT_THROW(SentencePieceTokenizer::from_bytes("", "empty"), Error);
  EXPECT_THROW(SentencePieceTokenizer::from_bytes(good.substr(0, good.size() / 2), "half"), Error);
}

TEST(SentencePieceTokenizer, SurvivesFlippedBytes) {
  const std::string good = trained(200)->model_bytes();
  Rng rng(4, "flips");
  for (int i = 0; i < 100; ++i) {
    std::string bad = good;
    for (std::uint64_t flips = 1 + rng.below(4); flips > 0; --flips) {
      bad[rng.below(bad.size())] = static_cast<char>(rng.below(256));
    }
    expect_refused_or_sound(bad);
  }
}

// A protobuf field of bytes.
std::string field(int number, const std::string& bytes) {
  std::string out(1, static_cast<char>(number << 3 | 2));
  std::size_t size = bytes.size();
  for (; size >= 0x80; size >>= 7) out += static_cast<char>(size | 0x80);
  return out + static_cast<char>(size) + bytes;
}

std::string piece(const std::string& text, int type) {
  return field(1, field(1, text) + std::string("\x15\0\0\0\0\x18", 6) + static_cast<char>(type));
}

const std::string kSpecials = piece("<pad>", 3) + piece("</s>", 3) + piece("<unk>", 2);

std::string reason(const std::string& bytes) {
  try {
    SentencePieceTokenizer::from_bytes(bytes, "crafted.model");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(SentencePieceTokenizer, SaysWhatIsWrong) {
  EXPECT_EQ(reason(kSpecials + piece("a", 1)), "accepted");
  EXPECT_THAT(reason(kSpecials), HasSubstr("and more pieces"));
  EXPECT_THAT(reason(piece("<unk>", 2) + piece("<s>", 3) + piece("</s>", 3)), HasSubstr("piece 0 of type 3"));
  EXPECT_THAT(reason(kSpecials + piece("a", 2)), HasSubstr("a type other than 2"));
  EXPECT_THAT(reason(kSpecials + piece("a", 9)), HasSubstr("a piece type from 1 to 6"));
  EXPECT_THAT(reason(kSpecials + piece("a", 1) + piece("a", 1)), HasSubstr("distinct pieces"));
  EXPECT_THAT(reason(kSpecials + piece("", 1)), HasSubstr("text of 1 to"));
  EXPECT_THAT(reason(kSpecials + piece("\xFF", 1)), HasSubstr("text of 1 to"));
  EXPECT_THAT(reason(kSpecials + piece(std::string(2000, 'a'), 1)), HasSubstr("text of 1 to"));
  EXPECT_THAT(reason(kSpecials + field(1, field(1, "a") + std::string("\x15\0\0\xC0\x7F", 5))), HasSubstr("finite"));
  EXPECT_THAT(reason(kSpecials + field(2, "\x18\x02")), HasSubstr("unigram"));
  EXPECT_THAT(reason(kSpecials + "\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"), HasSubstr("more bytes"));
  EXPECT_THAT(reason("\x0B"), HasSubstr("wire type"));
  EXPECT_THAT(reason("no model at all"), HasSubstr("crafted.model"));
}

std::string charsmap(std::vector<std::uint32_t> units, const std::string& texts) {
  const auto bytes = static_cast<std::uint32_t>(units.size() * 4);
  units.insert(units.begin(), bytes);
  return std::string(reinterpret_cast<const char*>(units.data()), units.size() * 4) + texts;
}

std::string with_charsmap(const std::string& table) { return kSpecials + piece("a", 1) + field(3, field(2, table)); }

TEST(SentencePieceTokenizer, RefusesNormalisationTablesThatLeaveThemselves) {
  const std::string nul(1, '\0');
  std::vector<std::uint32_t> units(256, 0x80000000u);
  units[0] = 0;  // the root, without children
  EXPECT_EQ(reason(with_charsmap(charsmap(units, nul))), "accepted");
  EXPECT_THAT(reason(with_charsmap(charsmap(units, ""))), HasSubstr("a trie of less than"));
  EXPECT_THAT(reason(with_charsmap(charsmap(units, "a"))), HasSubstr("end in NUL"));
  EXPECT_THAT(reason(with_charsmap("ab")), HasSubstr("fewer than 4 bytes"));

  std::vector<std::uint32_t> jump = units;
  jump[0] = 256u << 10;
  EXPECT_THAT(reason(with_charsmap(charsmap(jump, nul))), HasSubstr("trie units below 256"));
  jump[0] |= 0x80000000u;  // a root that claims to be a value
  EXPECT_THAT(reason(with_charsmap(charsmap(jump, nul))), HasSubstr("trie units below 256"));

  std::vector<std::uint32_t> text = units;
  text[0] = 4u << 10;                       // children from unit 4 on
  text[4 ^ 'a'] = 'a' | 1u << 8 | 1 << 10;  // "a" has a value, its unit is 4 ^ 'a' ^ 1
  text[4 ^ 'a' ^ 1] = 0x80000000u | 7;      // the value points past the texts
  EXPECT_THAT(reason(with_charsmap(charsmap(text, nul))), HasSubstr("replacements below 1"));

  std::vector<std::uint32_t> loop = units;
  loop['a'] = 'a' | static_cast<std::uint32_t>('a') << 10;  // "a" leads to unit 0's block,
  loop['b'] = 'b' | static_cast<std::uint32_t>('b' ^ 'a' ^ 'a') << 10;
  loop[0] = 0;
  EXPECT_THAT(reason(with_charsmap(charsmap(loop, nul))), HasSubstr("a loop"));
}

TEST(SentencePieceTokenizer, LoadsWhatItSaved) {
  const test::TemporaryFolder folder;
  const auto tokenizer = trained();
  write_file_atomically(folder / "spiece.model", tokenizer->model_bytes());
  const auto again = SentencePieceTokenizer::load(folder / "spiece.model");
  EXPECT_EQ(encode(*again, "soap smells nice"), encode(*tokenizer, "soap smells nice"));
  EXPECT_THROW(SentencePieceTokenizer::load(folder / "absent.model"), Error);
}

}  // namespace
}  // namespace p5
