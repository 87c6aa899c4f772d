#include "text/wordpiece_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/file.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class WordPieceTest : public testing::Test {
 protected:
  // The pieces of a text between [CLS] and [SEP].
  std::vector<std::string> pieces(const std::string& text, const WordPieceOptions& options = {},
                                  std::size_t limit = 100) {
    const WordPieceTokenizer tokenizer = open(kVocabulary, options);
    std::vector<std::string> names;
    for (const TokenId token : tokenizer.encode(text, limit)) names.emplace_back(tokenizer.piece(token));
    EXPECT_EQ(names.front(), "[CLS]");
    EXPECT_EQ(names.back(), "[SEP]");
    return {names.begin() + 1, names.end() - 1};
  }
  WordPieceTokenizer open(const std::string& vocabulary, const WordPieceOptions& options) {
    write_file_atomically(folder_ / "vocab.txt", vocabulary);
    return {folder_ / "vocab.txt", options};
  }
  std::string error_of(const std::string& vocabulary) {
    try {
      open(vocabulary, {});
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  }

  static constexpr const char* kVocabulary =
      "[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##aff\n##able\n##ordable\n##a\n,\n.\ncafe\nCafe\nhello\nστη\n日\n本\nist\ni\n"
      "straße\n~\n$\n5\n##0\nfi\n";
  test::TemporaryFolder folder_;
};

TEST_F(WordPieceTest, LongestPiecesFirst) {
  EXPECT_THAT(pieces("unaffable"), ElementsAre("un", "##aff", "##able"));
  EXPECT_THAT(pieces("unaffordable un"), ElementsAre("un", "##aff", "##ordable", "un"));
  EXPECT_THAT(pieces("unaffx"), ElementsAre("[UNK]"));  // a part is unknown, so all of it is
  EXPECT_THAT(pieces(std::string(101, 'a') + " un"), ElementsAre("[UNK]", "un"));
}

TEST_F(WordPieceTest, CaseAccentsAndLigaturesAsTheModelSays) {
  EXPECT_THAT(pieces("Café CAFÉ Cafe\u0301"), ElementsAre("cafe", "cafe", "cafe"));
  EXPECT_THAT(pieces("Cafe cafe", {.lower_case = false}), ElementsAre("Cafe", "cafe"));
  EXPECT_THAT(pieces("Café", {.lower_case = false}), ElementsAre("[UNK]"));
  EXPECT_THAT(pieces("ΣΤΗ Στή"), ElementsAre("στη", "στη"));
  EXPECT_THAT(pieces("İst STRAßE"), ElementsAre("ist", "straße"));
  EXPECT_THAT(pieces("\uFB01"), ElementsAre("[UNK]"));  // NFD, and not NFKD, keeps the ligature
}

TEST_F(WordPieceTest, PunctuationAndCjkLettersAreWords) {
  EXPECT_THAT(pieces("hello,hello.~$50"), ElementsAre("hello", ",", "hello", ".", "~", "$", "5", "##0"));
  EXPECT_THAT(pieces("日本hello"), ElementsAre("日", "本", "hello"));
  EXPECT_THAT(pieces("日本", {.split_cjk = false}), ElementsAre("[UNK]"));
}

TEST_F(WordPieceTest, SpacesAndControlLetters) {
  EXPECT_THAT(pieces("\t hello\u00A0\nhel\u200Dlo \uFFFD\u3000hello\x01"), ElementsAre("hello", "hello", "hello"));
  EXPECT_THAT(pieces("hello\xFF"), ElementsAre("hello"));  // no letter at all
  EXPECT_THAT(pieces(""), ElementsAre());
}

TEST_F(WordPieceTest, LongTextsEndInSep) {
  EXPECT_THAT(pieces("hello hello hello", {}, 4), ElementsAre("hello", "hello"));
  EXPECT_THAT(pieces("unaffable", {}, 4), ElementsAre("un", "##aff"));
  EXPECT_THAT(pieces("hello", {}, 2), ElementsAre());
}

TEST_F(WordPieceTest, SyllablesOfHangulAreDecomposed) {
  const WordPieceTokenizer tokenizer = open("[UNK]\n[CLS]\n[SEP]\n\u1112\u1161\u11AB\n", {});
  EXPECT_THAT(tokenizer.encode("\uD55C", 10), ElementsAre(1, 3, 2));
}

TEST_F(WordPieceTest, OtherVocabulariesAreRefused) {
  EXPECT_THAT(error_of("[UNK]\n[CLS]\n[SEP]\na\na\n"), AllOf(HasSubstr("vocab.txt:5"), HasSubstr("twice")));
  EXPECT_THAT(error_of("[UNK]\n[CLS]\na\n"), HasSubstr("[SEP]"));
}

}  // namespace
}  // namespace p5
