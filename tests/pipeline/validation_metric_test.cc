#include "pipeline/validation_metric.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "p5/error.h"
#include "p5/stop_token.h"
#include "pipeline/import_stage.h"
#include "pipeline/index_stage.h"
#include "support/fake_sequence_model.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using testing::HasSubstr;

class ValidationMetricTest : public testing::Test {
 protected:
  ValidationMetricTest() {
    simulate_corpus({.users = 60, .items = 40, .events = 700, .seed = 5}, folder_ / "world",
                    AtomicDirectory::Existing::kRefuse);
    config_.text.pieces = 300;
    config_.text.prompts = {std::string(P5_SOURCE_DIR) + "/prompts"};
    config_.task.candidates = 10;
    config_.task.review_samples = 1;
    config_.evaluate.users = 8;
    config_.evaluate.reviews = 8;
    config_.evaluate.negatives = 3;
    data_ = open_data(folder_ / "world", config_.split);
    run_ = std::make_unique<LoadedRun>(build_bundle(config_, data_, folder_ / "world"), data_, 512);
  }

  ValidationMetric metric(const std::string& name) {
    config_.train.select = name;
    return {config_, *run_};
  }
  test::FakeSequenceModel model() const {
    return test::FakeSequenceModel::random(static_cast<TokenId>(run_->bundle.vocabulary->size()));
  }

  test::TemporaryFolder folder_;
  RunConfig config_;
  DataSplits data_;
  std::unique_ptr<LoadedRun> run_;
};

TEST(DefaultMetric, IsOfTheFirstTrainedFamily) {
  const std::vector<std::filesystem::path> places{std::string(P5_SOURCE_DIR) + "/prompts"};
  const PromptLibrary prompts = PromptLibrary::load(places);
  TaskOptions task;
  EXPECT_EQ(default_metric(task, prompts, true), "sequential.ndcg@10");
  task.sequential_samples = 0;
  EXPECT_EQ(default_metric(task, prompts, true), "direct.ndcg@10");
  task.direct_samples = 0;
  EXPECT_EQ(default_metric(task, prompts, true), "rating.rmse");
  EXPECT_EQ(default_metric(task, prompts, false), "loss");
  task.explanation_samples = 1;
  EXPECT_EQ(default_metric(task, prompts, false), "explanation.rouge1");
  task.prompts = {"3-9", "3-11"};  // both give the feature
  EXPECT_EQ(default_metric(task, prompts, false), "explanation_feature.rouge1");
}

TEST_F(ValidationMetricTest, MeasuresAnyTrainedTaskAndKnowsWhichWayIsBetter) {
  auto random = model();
  const auto measured = [&](const std::string& name) { return *metric(name).measure(random); };
  EXPECT_EQ(metric("auto").metric().name, "sequential.ndcg@10");
  EXPECT_EQ(measured("auto"), measured("sequential.ndcg@10"));
  EXPECT_NE(measured("sequential.drop.ndcg@10"), measured("direct.ndcg@10"));
  EXPECT_GT(measured("rating.rmse"), 0.0);
  EXPECT_GT(measured("review.star.rmse"), 0.0);
  EXPECT_TRUE(std::isfinite(measured("review.headline.rouge1")));
  EXPECT_EQ(metric("sequential.ndcg@10").metric().better, Better::kHigher);
  EXPECT_EQ(metric("review.star.rmse").metric().better, Better::kLower);
  EXPECT_EQ(metric("loss").metric().better, Better::kLower);
}

// The fake model gives every target a log-probability of 0.
TEST_F(ValidationMetricTest, LossIsAMeanOverAnswerTokens) {
  auto random = model();
  EXPECT_EQ(*metric("loss").measure(random), 0.0);
  EXPECT_EQ(random.batches(), 0) << "nothing is searched";
}

TEST_F(ValidationMetricTest, UnknownNamesAreRefused) {
  for (const char* name : {"ndcg@10", "explanation.rouge1", "nothing.rmse", "sequential", ""}) {
    try {
      metric(name);
      ADD_FAILURE() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_THAT(error.what(), HasSubstr("train.select"));
    }
  }
  auto random = model();
  EXPECT_THROW(metric("rating.rouge1").measure(random), Error);
  EXPECT_THROW(metric("review.rmse").measure(random), Error) << "a review has parts: review.star.rmse";
}

TEST_F(ValidationMetricTest, AStopGivesNothing) {
  auto random = model();
  StopSource source;
  config_.evaluate.stop = source.token();
  EXPECT_TRUE(metric("loss").measure(random));
  source.request_stop();
  EXPECT_FALSE(metric("rating.rmse").measure(random));
  EXPECT_FALSE(metric("loss").measure(random));
}

}  // namespace
}  // namespace p5
