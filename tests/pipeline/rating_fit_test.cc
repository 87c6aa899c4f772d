#include "pipeline/rating_fit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/interrupt.h"
#include "pipeline/import_stage.h"
#include "pipeline/index_stage.h"
#include "support/fake_sequence_model.h"
#include "support/temporary_folder.h"
#include "task/corpus_questions.h"

namespace p5 {
namespace {

class StarFitTest : public testing::Test {
 protected:
  StarFitTest() {
    simulate_corpus({.users = 60, .items = 40, .events = 700, .seed = 5}, folder_ / "world",
                    AtomicDirectory::Existing::kRefuse);
    config_.text.pieces = 300;
    config_.task.candidates = 10;
    config_.task.review_samples = 1;
    config_.evaluate.reviews = 0;
    data_ = open_data(folder_ / "world", config_.split);
    bundle_ = build_bundle(config_, data_, folder_ / "world");
    writer_ = std::make_unique<QuestionWriter>(bundle_, data_, 512);
  }
  RatingCalibrations fit(test::FakeSequenceModel::Logit logit) {
    test::FakeSequenceModel model(static_cast<TokenId>(bundle_.vocabulary->size()), std::move(logit));
    return fit_rating_calibrations(model, LoadedRun(bundle_, data_, 512), config_.evaluate, words_.get());
  }
  // The answer to "how many stars" by the source of each validation review; its last token before the end is the digit.
  std::map<std::vector<TokenId>, std::vector<TokenId>> true_answers() const {
    std::map<std::vector<TokenId>, std::vector<TokenId>> answers;
    for (std::size_t i = 0; i < data_.corpus->interaction_count(); ++i) {
      if (data_.reviews->part_of(i) != Part::kValid) continue;
      const TokenRow row = writer_->row(question_about(*data_.corpus, i, nullptr), bundle_.answer.rating_prompt);
      answers[row.source] = row.target;
    }
    return answers;
  }

  test::TemporaryFolder folder_;
  RunConfig config_;
  DataSplits data_;
  ModelBundle bundle_;
  std::unique_ptr<QuestionWriter> writer_;
  std::unique_ptr<ReviewStarsModel> words_;
};

TEST_F(StarFitTest, WhoKnowsNothingGetsTheMeanOfTheValidationStars) {
  const RatingCalibrations stars = fit([](const auto&, const auto&, TokenId) { return 0.0; });
  double sum = 0, count = 0;
  for (std::size_t i = 0; i < data_.corpus->interaction_count(); ++i) {
    if (data_.reviews->part_of(i) != Part::kValid) continue;
    sum += data_.corpus->ratings()[i];
    ++count;
  }
  ASSERT_GT(count, 10);
  EXPECT_NEAR(stars.rating.stars(3, {}), sum / count, 1e-6);
  EXPECT_NEAR(stars.review.stars(3, {}), sum / count, 1e-6);
}

TEST_F(StarFitTest, WhoHedgesTheTruthIsStretchedToIt) {
  const auto answers = true_answers();
  const RatingCalibrations stars = fit([&](const auto& source, const auto& target, TokenId token) {
    const auto found = answers.find(source);
    const bool digit = found != answers.end() && target.size() + 2 == found->second.size();
    return digit && token == found->second[target.size()] ? 1.0 : 0.0;
  });
  // Logit 1 against 0 for four others: the truth has probability e / (e + 4), and the mean moves by p - (1 - p) / 4 of
  // a star for each star of the truth.
  const double p = std::exp(1.0) / (std::exp(1.0) + 4);
  EXPECT_NEAR(stars.rating.slope, 1 / (p - (1 - p) / 4), 1e-3);
}

TEST_F(StarFitTest, FamiliesThatWereNotTrainedAreNotFit) {
  bundle_.task.rating_samples = bundle_.task.review_samples = 0;
  const RatingCalibrations stars = fit([](const auto&, const auto&, TokenId) { return 0.0; });
  EXPECT_EQ(stars.rating, RatingCalibration());
  EXPECT_EQ(stars.review, RatingCalibration());
}

TEST_F(StarFitTest, HeedsAStop) {
  StopSource stop;
  config_.evaluate.stop = stop.token();
  EXPECT_NO_THROW(fit([](const auto&, const auto&, TokenId) { return 0.0; }));
  stop.request_stop();
  EXPECT_THROW(fit([](const auto&, const auto&, TokenId) { return 0.0; }), Interrupted);
}

// A model that knows nothing leaves the stars of reviews to their words.
TEST_F(StarFitTest, WordsOfReviewsGetTheShareThatTheyDeserve) {
  EXPECT_EQ(fit([](const auto&, const auto&, TokenId) { return 0.0; }).words, 1);  // not asked
  words_ = std::make_unique<ReviewStarsModel>(ReviewStarsModel::fit(*data_.reviews, {}, {}));
  EXPECT_GT(fit([](const auto&, const auto&, TokenId) { return 0.0; }).words, 0.8);
}

}  // namespace
}  // namespace p5
