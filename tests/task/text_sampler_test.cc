#include "task/text_sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "p5/error.h"
#include "task/rating_sampler.h"
#include "task/task_families.h"
#include "task/text_world.h"

namespace p5 {
namespace {

int star_of_five(float rating) { return static_cast<int>(RatingScale().nearest_level(rating)); }

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class ExplanationFamily final : public test::SampledFamily<TextSampler> {
 public:
  ExplanationFamily(const TaskData& data, const TaskOptions& options)
      : SampledFamily(kExplanationFamily, data, options) {}
};

class ReviewFamily final : public test::SampledFamily<TextSampler> {
 public:
  ReviewFamily(const TaskData& data, const TaskOptions& options) : SampledFamily(kReviewFamily, data, options) {}
};

TEST(ExplanationFamily, DataAreTrainReviewsWithAnExplanation) {
  const auto data = test::text_data();
  const ExplanationFamily task(data, {});
  std::size_t expected = 0;
  for (const Explanation& e : data.explanations->all()) {
    expected += data.reviews->part_of(e.interaction) == Part::kTrain ? 1 : 0;
  }
  EXPECT_GT(expected, 50u);
  EXPECT_EQ(task.size(), expected);
  TaskData without = data;
  without.explanations = nullptr;
  EXPECT_EQ(ExplanationFamily(without, {}).size(), 0u);
}

TEST(ExplanationFamily, AnswersWithTheSentenceOfTheReview) {
  const auto data = test::text_data();
  const ExplanationFamily task(data, {});
  Rng rng(1, "test");
  std::set<std::string> prompts;
  for (int round = 0; round < 40; ++round) {
    for (std::size_t i = 0; i < task.size(); ++i) {
      const TaskExample example = task.sample(i, rng);
      const std::string target = test::words_of(example.target), source = test::words_of(example.source);
      const auto shown = test::interactions_in(target);
      ASSERT_EQ(shown.size(), 1u) << target;
      const bool stars = example.prompt_id == "3-7" || example.prompt_id == "3-8";
      const int star = star_of_five(data.reviews->corpus().ratings()[*shown.begin()]);
      EXPECT_EQ(target, (stars ? std::to_string(star) + ", " : "") + test::sentence_of(*shown.begin()));
      if (example.prompt_id == "3-11") {
        EXPECT_THAT(source, AllOf(HasSubstr("sound"), HasSubstr(std::to_string(star))));
      }
      prompts.insert(example.prompt_id);
    }
  }
  EXPECT_THAT(prompts,
              UnorderedElementsAre("3-1", "3-2", "3-3", "3-4", "3-5", "3-6", "3-7", "3-8", "3-9", "3-10", "3-11"));
}

TEST(ReviewFamily, AsksOnlyWhatTheReviewCanAnswer) {
  const auto data = test::text_data();
  const Corpus& corpus = data.reviews->corpus();
  const ReviewFamily task(data, {});
  Rng rng(2, "test");
  std::map<std::string, std::size_t> prompts;
  for (int round = 0; round < 20; ++round) {
    for (std::size_t i = 0; i < task.size(); ++i) {
      const TaskExample example = task.sample(i, rng);
      const auto shown = test::interactions_in(test::words_of(example.source));
      ASSERT_EQ(shown.size(), 1u);
      const std::size_t interaction = *shown.begin();
      ++prompts[example.prompt_id];
      const std::string target = test::words_of(example.target);
      if (example.prompt_id == "4-2") {
        EXPECT_EQ(target, std::to_string(star_of_five(corpus.ratings()[interaction])));
      } else {
        EXPECT_EQ(target, test::headline_of(interaction));
      }
      EXPECT_TRUE(example.prompt_id == "4-2" || !corpus.headline(interaction).empty());
    }
  }
  EXPECT_EQ(prompts.size(), 3u);  // 4-4 is held out
  std::size_t texts = 0;
  for (std::size_t i = 0; i < corpus.interaction_count(); ++i) {
    texts += data.reviews->part_of(i) == Part::kTrain && !corpus.review(i).empty() ? 1 : 0;
  }
  EXPECT_EQ(task.size(), texts);
}

TEST(ReviewFamily, LongReviewsAreCut) {
  const auto data = test::text_data();
  const ReviewFamily task(data, {.prompts = {"4-1"}, .max_review = 16});
  Rng rng(3, "test");
  EXPECT_THAT(test::words_of(task.sample(0, rng).source), testing::EndsWith(": It came today."));
}

TEST(TextSampler, RatingsInExplanationsFollowTheBandsAndThoseOfReviewsStayWhole) {
  const auto data = test::text_data();
  Rng rng(4, "test");
  const ExplanationFamily banded(data, {.prompts = {"3-8"}, .rating_bands = true});
  EXPECT_THAT(test::words_of(banded.sample(0, rng).target), testing::MatchesRegex("[1-5]\\.[0-9], Sound.*"));
  const ExplanationFamily given(data, {.prompts = {"3-3"}, .rating_bands = true});
  EXPECT_THAT(test::words_of(given.sample(0, rng).source), testing::MatchesRegex(".*left [1-5] out of.*"));
  const ReviewFamily review(data, {.prompts = {"4-2"}, .rating_bands = true});
  EXPECT_THAT(test::words_of(review.sample(0, rng).target), testing::MatchesRegex("[1-5]"));
}

TEST(TextSampler, EvaluationAsksAnyPartWithItsTrueAnswer) {
  const auto data = test::text_data();
  const ReviewFamily task(data, {});
  std::size_t asked = 0;
  for (std::size_t i = 0; i < data.reviews->corpus().interaction_count(); ++i) {
    if (data.reviews->part_of(i) != Part::kTest || data.reviews->corpus().review(i).empty()) continue;
    const TaskExample example = task.ask_review(i, "4-4");
    EXPECT_THAT(test::words_of(example.source), HasSubstr(test::body_of(i)));
    EXPECT_EQ(test::words_of(example.target), std::to_string(star_of_five(data.reviews->corpus().ratings()[i])));
    ++asked;
  }
  EXPECT_GT(asked, 10u);
  // A review without a headline can be asked for one: the answer is not known.
  EXPECT_TRUE(task.ask_review(6, "4-1").target.empty());
  EXPECT_THROW(task.ask_review(5, "4-4"), Error);  // no text
}

TEST(TextSampler, ZeroShotPromptsAreAskedByTheFamiliesThatAnswerAlike) {
  const auto data = test::text_data();
  const ExplanationFamily explanation(data, {});
  EXPECT_EQ(test::words_of(explanation.ask_review(1, "Z-5").target), test::sentence_of(1));
  EXPECT_EQ(asking_family(data.prompts->at("Z-5")).name, kExplanationFamily);
  const test::SampledFamily<RatingSampler> rating(kRatingFamily, data, {});
  EXPECT_EQ(test::words_of(rating.ask_stars(0, 1, "Z-1", 5).target), "like");
  EXPECT_EQ(asking_family(data.prompts->at("Z-1")).name, kRatingFamily);
  EXPECT_EQ(asking_family(data.prompts->at("Z-7")).name, kExplanationFamily);
}

TaskData with_prompts(TaskData data, const std::string& toml) {
  data.prompts = std::make_shared<const PromptLibrary>(PromptLibrary::parse(toml, "own.toml"));
  return data;
}

TEST(TextSampler, AFamilyOfOnesOwnNeedsOnlyAFile) {
  const auto data =
      with_prompts(test::text_data(),
                   "family = \"aspect\"\nmetric = \"accuracy\"\n[[prompt]]\nid = \"a-1\"\nsource = \"{user} "
                   "minds {feature} of {item}?\"\ntarget = \"{like_dislike}, {headline}\"\n");
  const test::SampledFamily<TextSampler> task("aspect", data, {});
  Rng rng(5, "test");
  const TaskExample example = task.sample(0, rng);
  const auto shown = test::interactions_in(test::words_of(example.target));
  ASSERT_EQ(shown.size(), 1u);
  const bool like = data.reviews->corpus().ratings()[*shown.begin()] >= 4;
  EXPECT_EQ(test::words_of(example.target), (like ? "like, " : "dislike, ") + test::headline_of(*shown.begin()));
  // Only reviews with both a headline and an explanation are asked.
  std::size_t expected = 0;
  for (const Explanation& e : data.explanations->all()) {
    const bool train = data.reviews->part_of(e.interaction) == Part::kTrain;
    expected += train && !data.reviews->corpus().headline(e.interaction).empty() ? 1 : 0;
  }
  EXPECT_EQ(task.size(), expected);
}

TEST(PromptWriter, DescribesUsersWithoutANameByTheirProfile) {
  class Profiles final : public test::FakeCorpus {
   public:
    using FakeCorpus::FakeCorpus;
    std::vector<Attribute> user_attributes(UserId user) const override {
      if (user == 1) return {};
      return {{"age", 24.0},
              {"tags", std::vector<std::string>{"pop", "rock"}},
              {"work", std::string("writer")},
              {"vector", std::vector<float>{1, 2}}};
    }
  };
  const auto corpus = std::make_shared<const Profiles>(test::FakeData{
      .histories = {{0, 1}, {1, 0}, {0}}, .ratings = {{5, 4}, {3, 3}, {2}}, .user_names = {"", "", "Ann"}});
  const test::SampledFamily<RatingSampler> task(kRatingFamily, test::make_data(corpus), {});
  const auto source = [&](UserId user) { return test::words_of(task.ask_stars(user, 0, "1-6").source); };
  EXPECT_THAT(source(0), HasSubstr("age 24, tags pop rock, work writer is writing"));
  EXPECT_THAT(source(1), HasSubstr("user_2 is writing"));
  EXPECT_THAT(source(2), HasSubstr("Ann is writing"));
}

}  // namespace
}  // namespace p5
