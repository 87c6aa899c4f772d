#include "task/rating_sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "p5/error.h"
#include "task/task_world.h"

namespace p5 {
namespace {

using ::testing::HasSubstr;

class RatingFamily final : public test::SampledFamily<RatingSampler> {
 public:
  RatingFamily(const TaskData& data, const TaskOptions& options) : SampledFamily(kRatingFamily, data, options) {}
};

TEST(RatingSampler, DataAreTheRatedTrainReviews) {
  auto fake = test::world_data();
  fake.ratings[0][0] = kNoRating;
  const auto data = test::make_data(fake);
  std::size_t wanted = 0;
  for (std::size_t i = 0; i < data.reviews->corpus().interaction_count(); ++i) {
    const bool rated = std::isfinite(data.reviews->corpus().ratings()[i]);
    wanted += data.reviews->part_of(i) == Part::kTrain && rated ? 1 : 0;
  }
  EXPECT_EQ(RatingFamily(data, {}).size(), wanted);
}

TEST(RatingSampler, AsksForTheTrueStars) {
  const auto data = test::make_data();
  const RatingFamily task(data, {.prompts = {"1-1"}});
  const Corpus& corpus = data.reviews->corpus();
  Rng rng(1, "test");
  std::size_t index = 0;
  for (std::size_t i = 0; i < corpus.interaction_count(); ++i) {
    if (data.reviews->part_of(i) != Part::kTrain) continue;
    const TaskExample example = task.sample(index++, rng);
    EXPECT_EQ(test::words_of(example.target), std::to_string(static_cast<int>(corpus.ratings()[i])));
    EXPECT_THAT(test::words_of(example.source), HasSubstr("item_" + std::to_string(corpus.items()[i]) + "."));
    EXPECT_THAT(test::words_of(example.source), HasSubstr(user_text(corpus.users()[i]) + " "));
  }
  EXPECT_EQ(index, task.size());
}

TEST(RatingSampler, SpeaksOfTheScaleOfTheData) {
  const auto data =
      test::make_data(test::FakeData{.histories = {{0}}, .ratings = {{64}}, .rating_scale = RatingScale(0, 100, 1)});
  Rng rng(1, "test");
  const RatingFamily stars(data, {.prompts = {"1-1"}}), likes(data, {.prompts = {"1-4"}});
  const TaskExample example = stars.sample(0, rng);
  EXPECT_EQ(test::words_of(example.target), "60");
  EXPECT_THAT(test::words_of(example.source), HasSubstr("stars, zero to 100, that"));
  EXPECT_EQ(test::words_of(likes.sample(0, rng).target), "dislike");
}

TEST(RatingSampler, OfTwoRatingsTheWrongOneIsProposedToo) {
  const auto data =
      test::make_data(test::FakeData{.histories = {{0}}, .ratings = {{1}}, .rating_scale = RatingScale(0, 1, 1)});
  const RatingFamily task(data, {.prompts = {"1-3"}});
  Rng rng(1, "test");
  std::map<std::string, std::size_t> seen;
  for (int i = 0; i < 200; ++i) {
    const TaskExample example = task.sample(0, rng);
    const std::string source = test::words_of(example.source);
    ++seen[source.substr(source.find("expect ") + 7, 1) + test::words_of(example.target)];
  }
  EXPECT_EQ(seen["1yes"] + seen["0no"], 200u);
  EXPECT_GT(seen["0no"], 60u);
}

// One user, one item, three stars.
TaskData one_review(float rating) { return test::make_data(test::FakeData{.histories = {{0}}, .ratings = {{rating}}}); }

TEST(RatingSampler, ProposesTheTruthHalfTheTimeAndOtherStarsUniformly) {
  const RatingFamily task(one_review(3), {.prompts = {"1-3"}});
  Rng rng(2, "test");
  std::map<std::string, std::size_t> seen;
  constexpr std::size_t kDraws = 8000;
  for (std::size_t i = 0; i < kDraws; ++i) {
    const TaskExample example = task.sample(0, rng);
    const std::string source = test::words_of(example.source);
    ++seen[source.substr(source.find("expect ") + 7, 1) + test::words_of(example.target)];
  }
  EXPECT_EQ(seen.size(), 5u);
  EXPECT_TRUE(test::fits_share(seen["3yes"], kDraws, 0.5)) << seen["3yes"];
  for (const std::string star : {"1", "2", "4", "5"}) {
    EXPECT_TRUE(test::fits_share(seen[star + "no"], kDraws, 0.125)) << star << ": " << seen[star + "no"];
  }
}

TEST(RatingSampler, LikeMeansFourStarsOrMore) {
  Rng rng(3, "test");
  for (const auto& [stars, word] : {std::pair{3.0f, "dislike"}, {4.0f, "like"}, {5.0f, "like"}, {1.0f, "dislike"}}) {
    EXPECT_EQ(test::words_of(RatingFamily(one_review(stars), {.prompts = {"1-4"}}).sample(0, rng).target), word);
  }
}

TEST(RatingSampler, DrawsEveryPromptThatIsNotHeldOutAboutEquallyOften) {
  const RatingFamily task(test::make_data(), {});
  Rng rng(4, "test");
  std::map<std::string, std::size_t> seen;
  constexpr std::size_t kDraws = 9000;
  for (std::size_t i = 0; i < kDraws; ++i) ++seen[task.sample(i % task.size(), rng).prompt_id];
  EXPECT_EQ(seen.size(), 9u);
  EXPECT_FALSE(seen.contains("1-10"));
  for (const auto& [id, count] : seen) EXPECT_TRUE(test::fits_share(count, kDraws, 1.0 / 9)) << id << ": " << count;
}

TEST(RatingSampler, WordsAreLeftOutOfTrainingPromptsAndOfNoOthers) {
  const TaskOptions options{.prompts = {"1-1"}, .word_dropout = 0.5};
  const auto data = test::make_data();
  const RatingFamily task(data, options), plain(data, {.prompts = {"1-1"}});
  const auto words = [](const TaskExample& example) {
    const std::string text = to_text(example.source, [](std::uint32_t) { return std::string("item"); });
    return std::count(text.begin(), text.end(), ' ');
  };
  Rng rng(3, "test");
  double kept = 0;
  for (int i = 0; i < 300; ++i) kept += static_cast<double>(words(task.sample(0, rng))) / 300;
  const auto all = static_cast<double>(words(plain.sample(0, rng)));
  EXPECT_GT(kept, 0.3 * all);
  EXPECT_LT(kept, 0.75 * all);
  EXPECT_EQ(static_cast<double>(words(task.ask_stars(0, 0, "1-1"))), all);
}

TEST(RatingSampler, EvaluationTakesHeldOutPromptsAndKnowsTheAnswerWhenGiven) {
  const RatingFamily task(test::make_data(), {});
  const auto open = task.ask_stars(1, 5, "1-10");
  EXPECT_THAT(test::words_of(open.source), HasSubstr("Person 1"));
  EXPECT_THAT(test::words_of(open.source), HasSubstr("Thing number 5 of many"));
  EXPECT_TRUE(open.target.empty());
  EXPECT_EQ(test::words_of(task.ask_stars(1, 5, "1-10", 4.0f).target), "4");
  EXPECT_EQ(test::words_of(task.ask_stars(1, 5, "1-3", 2.0f).target), "yes");
  EXPECT_EQ(test::words_of(task.ask_stars(1, 5, "1-4", 2.0f).target), "dislike");
  EXPECT_THROW(task.ask_stars(1, 5, "1-99"), Error);
  EXPECT_THROW(task.ask_stars(1, 5, "1-3"), Error);  // proposes stars that are not given
}

TEST(RatingSampler, RefusesToTrainOnHeldOutOrUnknownPrompts) {
  const auto data = test::make_data();
  EXPECT_THROW(RatingFamily(data, {.prompts = {"1-10"}}), Error);
  EXPECT_THROW(RatingFamily(data, {.prompts = {"1-99"}}), Error);
}

}  // namespace
}  // namespace p5
