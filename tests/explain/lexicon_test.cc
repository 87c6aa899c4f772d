#include "explain/lexicon.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "p5/error.h"

namespace p5 {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string error_of(std::string_view toml) {
  try {
    Lexicon::parse(toml, "words.toml");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Lexicon, KnowsTheRolesOfWords) {
  const Lexicon lexicon =
      Lexicon::parse("positive = 'great sound'\ncopulas = 'sound is'\nabbreviations = 'e.g etc'\n", "x");
  EXPECT_EQ(lexicon.roles("great"), Lexicon::kPositive);
  EXPECT_EQ(lexicon.roles("sound"), Lexicon::kPositive | Lexicon::kCopula);
  EXPECT_EQ(lexicon.roles("e.g"), Lexicon::kAbbreviation);
  EXPECT_EQ(lexicon.roles("pedal"), 0);
}

TEST(Lexicon, TheEnglishOneIsSound) {
  const Lexicon english = Lexicon::english();
  for (const char* word : {"great", "sturdy", "cheap"}) EXPECT_TRUE(english.roles(word) & Lexicon::kPositive) << word;
  for (const char* word : {"terrible", "flimsy"}) EXPECT_TRUE(english.roles(word) & Lexicon::kNegative) << word;
  for (const char* word : {"sound", "price", "quality", "strap", "battery", "screen"}) {
    EXPECT_EQ(english.roles(word) & ~Lexicon::kCopula, 0) << word << " could not be a feature";
  }
}

TEST(Lexicon, ErrorsNameFileAndLine) {
  EXPECT_THAT(error_of("positive = 'great'\nnegativ = 'bad'\n"),
              AllOf(HasSubstr("words.toml:2"), HasSubstr("negativ"), HasSubstr("did you mean 'negative'")));
  EXPECT_THAT(error_of("positive = 3\n"), AllOf(HasSubstr("words.toml:1"), HasSubstr("a text of words")));
  EXPECT_THAT(error_of("positive = 'great\n"), HasSubstr("words.toml:1"));
  EXPECT_THAT(error_of("stop = 'a'\n"), HasSubstr("without judgements"));
  EXPECT_THROW(Lexicon::load("nowhere.toml"), Error);
}

}  // namespace
}  // namespace p5
