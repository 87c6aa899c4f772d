#include "explain/tagged_sentence.h"

#include <gtest/gtest.h>

#include <string>

namespace p5 {
namespace {

const Lexicon& english() {
  static const Lexicon lexicon = Lexicon::english();
  return lexicon;
}

Phrase phrase_of(const TaggedSentence& sentence, const std::string& word) {
  for (std::size_t at = 0; at < sentence.size(); ++at) {
    if (sentence[at].text == word) return {at, 1};
  }
  ADD_FAILURE() << "no " << word;
  return {};
}

// "<judging word> <strength>" or "none".
std::string judgement(std::string_view text, const std::string& word) {
  const TaggedSentence sentence = tag_sentence(text, english());
  const auto found = find_judgement(sentence, phrase_of(sentence, word));
  if (!found) return "none";
  std::string strength = std::to_string(found->strength);
  return sentence[found->word].text + " " + strength.substr(0, 3);
}

TEST(TaggedSentence, FindsTheClosestJudgement) {
  EXPECT_EQ(judgement("It has a great sound", "sound"), "great 3.0");
  EXPECT_EQ(judgement("The sound isn't quite as warm", "sound"), "warm 3.0");
  EXPECT_EQ(judgement("I love the deep bass", "bass"), "deep 3.0");
  EXPECT_EQ(judgement("I really love the clasp", "clasp"), "love 2.5");
  EXPECT_EQ(judgement("It has great bass sound", "sound"), "great 2.0");
  EXPECT_EQ(judgement("The strings last long but feel rough", "strings"), "none");
  EXPECT_EQ(judgement("The neck plays nicely", "neck"), "nicely 1.5");
  EXPECT_EQ(judgement("the strap on this is comfortable", "strap"), "comfortable 1.0");
}

TEST(TaggedSentence, MarksSetApart) {
  EXPECT_EQ(judgement("Great, sound everywhere", "sound"), "none");
  EXPECT_EQ(judgement("It looks good; strap came later", "strap"), "none");
}

TEST(TaggedSentence, ComparisonsAreNotLiking) {
  EXPECT_EQ(judgement("It sounds like the amp", "amp"), "none");
  EXPECT_EQ(judgement("We like the amp", "amp"), "like 2.5");
}

TEST(TaggedSentence, KnowsNounsVerbsProductsAndHeads) {
  const auto around = [](std::string_view text, const std::string& word) {
    const TaggedSentence sentence = tag_sentence(text, english());
    return look_around(sentence, phrase_of(sentence, word));
  };
  EXPECT_TRUE(around("the finish is dull", "finish").noun);
  EXPECT_TRUE(around("good finish overall", "finish").noun);
  EXPECT_TRUE(around("I want to finish it", "finish").verb);
  EXPECT_FALSE(around("I want to finish it", "finish").noun);
  EXPECT_TRUE(around("this pedal rocks", "pedal").product);
  EXPECT_TRUE(around("my really nice pedal", "pedal").product);
  EXPECT_FALSE(around("the pedal", "pedal").product);
  EXPECT_TRUE(around("the pedal", "pedal").head);
  EXPECT_FALSE(around("the pedal board", "pedal").head);
}

TEST(TaggedSentence, FunctionWordsNumbersAndJudgementsAreNoFeatures) {
  const TaggedSentence sentence = tag_sentence("the great 9v battery, life of it's x sound", english());
  const auto can = [&](const std::string& word) { return can_be_feature(sentence, phrase_of(sentence, word)); };
  EXPECT_TRUE(can("battery"));
  EXPECT_TRUE(can("sound"));  // a copula as well
  for (const char* word : {"the", "great", "9v", "it's", "x", "of"}) EXPECT_FALSE(can(word)) << word;
  EXPECT_FALSE(can_be_feature(sentence, {phrase_of(sentence, "battery").begin, 2}));  // a comma is in between
}

}  // namespace
}  // namespace p5
