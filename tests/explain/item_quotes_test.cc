#include "explain/item_quotes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_corpus.h"

namespace p5 {
namespace {

using testing::ElementsAre;

// Item 0 has reviews by users 0 to 3, of which that of user 3 is of the test part; user 4 wrote about item 1 alone.
class ItemQuotesTest : public testing::Test {
 protected:
  ItemQuotesTest() {
    test::FakeData data;
    data.items = 3;
    data.histories = {{0}, {0}, {0}, {0}, {1}};
    data.ratings = {{5}, {5}, {1}, {5}, {5}};
    data.reviews = {{"The tone is warm. I like it."},
                    {"The price is right."},
                    {"The price is a joke. Strings corrode within one short week."},
                    {"The secret tone of the test part."},
                    {"The price is fine."}};
    corpus_ = std::make_shared<const test::FakeCorpus>(std::move(data));
    std::vector<Part> marks(corpus_->interaction_count(), Part::kTrain);
    marks[3] = Part::kTest;
    split_ = std::make_shared<const Split>(corpus_, marks, "by hand");
    explanations_ = std::make_shared<const ExplanationSet>(
        std::vector<Explanation>{{.interaction = 0, .feature = "tone", .sentence = "The tone is warm."},
                                 {.interaction = 1, .feature = "price", .sentence = "The price is right."},
                                 {.interaction = 2, .feature = "price", .sentence = "The price is a joke."},
                                 {.interaction = 3, .feature = "tone", .sentence = "The secret tone of the test part."},
                                 {.interaction = 4, .feature = "price", .sentence = "The price is fine."}});
    quotes_ = std::make_unique<ItemQuotes>(split_, explanations_, ExplainOptions());
  }
  std::string quoted(const QuoteWish& wish) const {
    const auto quote = quotes_->best(wish);
    if (!quote) return "";
    EXPECT_EQ(split_->part_of(quote->interaction), Part::kTrain);
    EXPECT_TRUE(!wish.reader || corpus_->users()[quote->interaction] != *wish.reader);
    return quote->sentence;
  }

  std::shared_ptr<const Corpus> corpus_;
  std::shared_ptr<const Split> split_;
  std::shared_ptr<const ExplanationSet> explanations_;
  std::unique_ptr<ItemQuotes> quotes_;
};

TEST_F(ItemQuotesTest, ComeFirstOnWhatTheReaderWritesAbout) {
  EXPECT_EQ(quoted({.item = 0, .reader = 4}), "The price is right.");  // and by stars near the mean
}

TEST_F(ItemQuotesTest, AreNeverTheReadersOwnNorOfTheTestPart) {
  EXPECT_EQ(quoted({.item = 0, .reader = 1}), "The price is a joke.");
  EXPECT_EQ(quoted({.item = 0, .reader = 0, .feature = "tone"}), "");
  EXPECT_EQ(quoted({.item = 0, .feature = "secret"}), "");
  EXPECT_EQ(quoted({.item = 2}), "");
}

TEST_F(ItemQuotesTest, RecommendWhereThatIsWanted) {
  EXPECT_EQ(quoted({.item = 0, .reader = 1}), "The price is a joke.");  // on what this reader writes about
  EXPECT_EQ(quoted({.item = 0, .reader = 1, .recommends = true}), "The tone is warm.");
}

TEST_F(ItemQuotesTest, SpeakOfTheFeatureThatIsAskedFor) {
  EXPECT_EQ(quoted({.item = 0, .feature = "tone"}), "The tone is warm.");
  EXPECT_EQ(quoted({.item = 0, .feature = "strings"}), "Strings corrode within one short week.");
  EXPECT_EQ(quoted({.item = 0, .feature = "string"}), "");  // words, not parts of words
}

TEST_F(ItemQuotesTest, TellWhichFeaturesThereAre) {
  EXPECT_THAT(quotes_->features_of(0), ElementsAre("price", "tone"));
  EXPECT_THAT(quotes_->features_of(2), ElementsAre());
}

}  // namespace
}  // namespace p5
