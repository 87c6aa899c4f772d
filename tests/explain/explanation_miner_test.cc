#include "explain/explanation_miner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "base/rng.h"
#include "explain/explanation_set.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;

// 60 users with two reviews each, of six items: the sound and the battery life are judged, the box is only mentioned,
// and what is reviewed is a pedal.
test::FakeData review_data() {
  Rng rng(3, "reviews");
  const std::vector<std::string> judgements = {"great", "warm", "terrible", "really good", "poor"};
  test::FakeData data;
  for (std::size_t user = 0; user < 60; ++user) {
    data.histories.push_back({static_cast<ItemId>(user % 6), static_cast<ItemId>((user + 1) % 6)});
    std::vector<std::string> reviews;
    for (int i = 0; i < 2; ++i) {
      const std::string& judgement = judgements[rng.below(judgements.size())];
      const std::string second = judgements[rng.below(judgements.size())];
      reviews.push_back("I bought this pedal for my son.The sound is " + judgement +
                        ". It came in the box of my old one. It has " + second + " battery life, with this pedal.");
    }
    data.reviews.push_back(reviews);
  }
  return data;
}

Split all_train(const std::shared_ptr<const Corpus>& corpus) {
  return Split(corpus, std::vector<Part>(corpus->interaction_count(), Part::kTrain), "all");
}

std::vector<std::string> texts_of(const FeatureVocabulary& vocabulary) {
  std::vector<std::string> texts;
  for (const Feature& feature : vocabulary.features()) texts.push_back(feature.text);
  return texts;
}

TEST(FeatureVocabulary, HoldsWhatIsJudgedAndNotTheProduct) {
  const auto corpus = std::make_shared<const test::FakeCorpus>(review_data());
  const auto features = FeatureVocabulary::learn(all_train(corpus), Lexicon::english(), {});
  EXPECT_THAT(texts_of(features), Contains("sound"));
  EXPECT_THAT(texts_of(features), Contains("battery life"));
  EXPECT_THAT(texts_of(features), Not(Contains("pedal")));
  EXPECT_THAT(texts_of(features), Not(Contains("box")));
  ASSERT_NE(features.find("sound"), nullptr);
  EXPECT_EQ(features.find("sound")->reviews, 120u);
  EXPECT_EQ(features.find("sound")->judged, 120u);
}

TEST(FeatureVocabulary, RareWordsAreNoFeatures) {
  const auto corpus = std::make_shared<const test::FakeCorpus>(review_data());
  const auto features = FeatureVocabulary::learn(all_train(corpus), Lexicon::english(), {.min_reviews = 121});
  EXPECT_THAT(features.features(), IsEmpty());
}

// Pitfall 3 for the vocabulary: whatever validation and test reviews say, the features stay the same.
TEST(FeatureVocabulary, Pitfall03IsLearntFromTrainingReviewsAlone) {
  auto data = review_data();
  const auto before = std::make_shared<const test::FakeCorpus>(data);
  std::vector<Part> marks(before->interaction_count(), Part::kTrain);
  for (std::size_t i = 1; i < marks.size(); i += 2) marks[i] = i % 4 == 1 ? Part::kValid : Part::kTest;
  for (auto& reviews : data.reviews) reviews[1] = "The handle is great. The handle is very good. Nice handle.";
  const auto after = std::make_shared<const test::FakeCorpus>(data);

  const auto features = FeatureVocabulary::learn(Split(before, marks, "some"), Lexicon::english(), {});
  const auto changed = FeatureVocabulary::learn(Split(after, marks, "some"), Lexicon::english(), {});
  ASSERT_EQ(texts_of(features), texts_of(changed));
  for (std::size_t i = 0; i < features.features().size(); ++i) {
    EXPECT_EQ(features.features()[i].judged, changed.features()[i].judged);
    EXPECT_EQ(features.features()[i].contrast, changed.features()[i].contrast);
  }
  // With all reviews in training, the handle is a feature, so the search could have found it.
  EXPECT_THAT(texts_of(FeatureVocabulary::learn(all_train(after), Lexicon::english(), {})), Contains("handle"));
}

TEST(ExplanationMiner, GivesEveryReviewAtMostOneAndAlwaysTheSame) {
  const auto corpus = std::make_shared<const test::FakeCorpus>(review_data());
  const ExplanationMiner miner(all_train(corpus), Lexicon::english(), {});
  const auto mined = miner.mine(*corpus), again = miner.mine(*corpus);
  ASSERT_EQ(mined.size(), corpus->interaction_count());
  std::set<std::size_t> interactions;
  for (std::size_t i = 0; i < mined.size(); ++i) {
    EXPECT_TRUE(interactions.insert(mined[i].interaction).second);
    EXPECT_EQ(mined[i].sentence, again[i].sentence);
    EXPECT_NE(mined[i].sentence.find(mined[i].feature), std::string::npos);
    EXPECT_NE(corpus->review(mined[i].interaction).find(mined[i].sentence), std::string::npos);
  }
}

TEST(ExplanationMiner, TakesTheSentenceThatJudges) {
  const auto corpus = std::make_shared<const test::FakeCorpus>(review_data());
  const ExplanationMiner miner(all_train(corpus), Lexicon::english(), {});
  const auto found = miner.explain("I bought it for the sound. Pros:  the  sound is\n really great.Is the sound good?");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->sentence, "the sound is really great.");
  EXPECT_EQ(found->feature, "sound");
  EXPECT_EQ(found->opinion, "great");
  EXPECT_FALSE(miner.explain("It arrived on Monday.").has_value());
  EXPECT_FALSE(miner.explain("").has_value());
  EXPECT_FALSE(miner.explain("Great sound.").has_value());  // shorter than explain.min_words
}

TEST(ExplanationSet, KeepsOneAnInteraction) {
  const ExplanationSet set({{7, "tone", "The tone is warm."}, {2, "sound", "a"}, {7, "price", "b"}});
  EXPECT_EQ(set.all().size(), 2u);
  ASSERT_NE(set.find(7), nullptr);
  EXPECT_EQ(set.find(7)->feature, "tone");
  EXPECT_EQ(set.find(3), nullptr);
  EXPECT_EQ(set.find(100), nullptr);
  EXPECT_THAT(set.features(), testing::ElementsAre("sound", "tone"));
}

}  // namespace
}  // namespace p5
