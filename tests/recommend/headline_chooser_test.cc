#include "recommend/headline_chooser.h"

#include <gtest/gtest.h>

#include "support/fake_corpus.h"

namespace p5 {
namespace {

class HeadlineChooserTest : public testing::Test {
 protected:
  HeadlineChooserTest() {
    test::FakeData data;
    data.items = 1;
    const std::vector<std::vector<std::string>> good{{"great tone and a great cable", "Great cable"},
                                                     {"love the tone", "Love it"},
                                                     {"great price and great sound", "Great for the price"}},
        bad{{"it broke on the second day", "Broke at once"},
            {"the cable broke, junk", "Junk cable"},
            {"terrible noise, sent back", "Terrible"}};
    for (int i = 0; i < 60; ++i) {
      const auto& from = i % 4 == 0 ? bad : good;
      data.histories.push_back({0});
      data.ratings.push_back({i % 4 == 0 ? 1.0f : 5.0f});
      data.reviews.push_back({from[static_cast<std::size_t>(i / 4) % 3][0]});
      data.headlines.push_back({from[static_cast<std::size_t>(i / 4) % 3][1]});
    }
    corpus_ = std::make_shared<const test::FakeCorpus>(std::move(data));
    split_ = std::make_unique<Split>(corpus_, std::vector<Part>(60, Part::kTrain), "all");
    words_ = std::make_unique<ReviewStarsModel>(ReviewStarsModel::fit(*split_, {}, {}));
    similar_ = std::make_unique<SimilarReviews>(*split_);
  }
  ChosenHeadline choose(const std::string& review, const std::vector<std::string>& candidates) const {
    return HeadlineChooser(*split_, *words_, *similar_).choose(review, words_->stars(review), candidates);
  }

  std::shared_ptr<const Corpus> corpus_;
  std::unique_ptr<Split> split_;
  std::unique_ptr<ReviewStarsModel> words_;
  std::unique_ptr<SimilarReviews> similar_;
};

TEST_F(HeadlineChooserTest, ACandidateMustAgreeWithTheText) {
  const ChosenHeadline chosen = choose("It broke on the first day.", {"Great for the price", "It broke", "Love it"});
  EXPECT_EQ(chosen.text, "It broke");
  EXPECT_FALSE(chosen.interaction.has_value());
}

TEST_F(HeadlineChooserTest, OfThoseThatAgreeTheOneThatSpeaksOfTheSame) {
  EXPECT_EQ(choose("great tone, great sound", {"Love it", "Great tone", ""}).text, "Great tone");
}

TEST_F(HeadlineChooserTest, WhereNoneAgreesASimilarReviewLendsIts) {
  const ChosenHeadline chosen = choose("It broke on the first day.", {"Great for the price"});
  ASSERT_TRUE(chosen.interaction.has_value());
  EXPECT_EQ(chosen.text, "Broke at once");
  EXPECT_EQ(corpus_->headline(*chosen.interaction), chosen.text);
  EXPECT_EQ(corpus_->ratings()[*chosen.interaction], 1.0f);
}

}  // namespace
}  // namespace p5
