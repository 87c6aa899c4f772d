#include "task/rating_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "task/rating_sampler.h"
#include "task/task_world.h"
#include "task/text_sampler.h"

namespace p5 {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class RatingFamily final : public test::SampledFamily<RatingSampler> {
 public:
  RatingFamily(const TaskData& data, const TaskOptions& options) : SampledFamily(kRatingFamily, data, options) {}
};

constexpr Part kA = Part::kTrain, kV = Part::kValid, kT = Part::kTest;

// Users 0 to 3, items 0 to 3; times as listed; the last of each user's interactions is test.
test::FakeData met() {
  test::FakeData data;
  data.items = 4;
  data.histories = {{0, 1, 2, 3}, {1, 0, 2}, {0, 3}, {2}};
  data.ratings = {{5, 4, 3, 2}, {1, 2, 5}, {4, 3}, {kNoRating}};
  data.times = {{10, 20, 30, 40}, {15, 25, 35}, {25, 26}, {50}};
  return data;
}

RatingHistory history_of(const test::FakeData& data, std::vector<Part> marks) {
  const auto corpus = std::make_shared<const test::FakeCorpus>(data);
  return RatingHistory(std::make_shared<const Split>(corpus, std::move(marks), "test"));
}
RatingHistory history_of(const test::FakeData& data) {
  return history_of(data, {kA, kA, kA, kT, kA, kA, kT, kA, kT, kA});
}

TEST(RatingHistory, ShowsWhatTheUserGaveToOtherItems) {
  const RatingHistory stars = history_of(met());
  EXPECT_EQ(stars.given(0, 0, 9), "4 3");
  EXPECT_EQ(stars.given(0, 2, 9), "5 4");
  EXPECT_EQ(stars.given(0, 3, 9), "5 4 3");             // a test target: all of training
  EXPECT_EQ(stars.given(0, std::nullopt, 9), "5 4 3");  // not about an item; the test part never shows
  EXPECT_EQ(stars.given(1, 3, 9), "1 2");               // never met
  EXPECT_EQ(stars.given(0, 3, 2), "4 3");               // the latest
  EXPECT_EQ(stars.given(3, std::nullopt, 9), "");       // not rated
}

TEST(RatingHistory, ShowsWhatCameLaterLast) {
  const RatingHistory stars = history_of(met());
  const std::vector<double> later{1, 4.6};
  EXPECT_EQ(stars.given(0, 3, 9, later), "5 4 3 1 5");
  EXPECT_EQ(stars.given(0, 3, 3, later), "3 1 5");
  EXPECT_EQ(stars.given(0, 3, 1, later), "5");
  EXPECT_EQ(stars.given(3, std::nullopt, 9, later), "1 5");
  EXPECT_EQ(stars.given(3, std::nullopt, 9, std::vector<double>()), "");
}

TEST(RatingHistory, ShowsWhatTheItemGotFromOthers) {
  const RatingHistory stars = history_of(met());
  EXPECT_EQ(stars.received(0, 0, 9), "2 4");    // item 0, asked about by user 0, who gave it 5
  EXPECT_EQ(stars.received(0, 3, 9), "5 2 4");  // never met: all, from old to new
  EXPECT_EQ(stars.received(0, std::nullopt, 2), "2 4");
  EXPECT_EQ(stars.received(2, 1, 9), "3");
  EXPECT_EQ(stars.received(3, 3, 9), "");  // its stars are test stars
}

TEST(RatingHistory, TrainingDrawsSomeInAnyOrder) {
  const RatingHistory stars = history_of(met());
  Rng rng(3, "star history test");
  std::map<std::string, std::size_t> given, received;
  constexpr std::size_t kDraws = 6000;
  for (std::size_t i = 0; i < kDraws; ++i) {
    ++given[stars.given(0, 1, 9, &rng)];        // all there are, 5 and 3
    ++received[stars.received(0, 3, 2, &rng)];  // two of 5, 2 and 4
    EXPECT_EQ(stars.given(3, 1, 9, &rng), "");
  }
  EXPECT_EQ(given.size(), 2u);
  EXPECT_TRUE(test::fits_share(given["5 3"], kDraws, 0.5)) << given["5 3"];
  EXPECT_EQ(received.size(), 6u);
  for (const auto& [words, count] : received) EXPECT_TRUE(test::fits_share(count, kDraws, 1.0 / 6)) << words;
}

// Whatever the interaction, changing its own star or those that are held out changes no word of its question, neither
// as training draws it nor as an evaluation asks it; changing the others does.
TEST(RatingHistory, NoAnswerShowsInItsOwnQuestion) {
  const test::FakeData data = test::world_data();
  const TaskOptions options{.prompts = {"1-7"}, .profile_ratings = 4};
  const TaskData before = test::make_data(data);
  const RatingFamily task(before, options);
  const Corpus& corpus = before.reviews->corpus();
  std::size_t hidden = 0, shown = 0;
  for (UserId user = 0; user < 20; ++user) {
    const std::size_t at = corpus.range_of(user).begin + 2;
    const ItemId item = corpus.items()[at];
    test::FakeData own = data, others = data;
    for (UserId u = 0; u < data.histories.size(); ++u) {
      for (std::size_t i = 0; i < data.histories[u].size(); ++i) {
        const std::size_t place = corpus.range_of(u).begin + i;
        const bool same = u == user && data.histories[u][i] == item;
        const bool hides = same || before.reviews->part_of(place) != Part::kTrain;
        float& star = (hides ? own : others).ratings[u][i];
        star = star > 3 ? star - 2 : star + 2;
        hidden += hides ? 1 : 0;
      }
    }
    const auto words = [&](const test::FakeData& world) {
      const RatingFamily asked(test::make_data(world), options);
      Rng rng(user, "drawn");
      // The sample's number is its index among the rated training interactions.
      std::size_t number = 0;
      for (std::size_t i = 0; i < at; ++i) number += before.reviews->part_of(i) == Part::kTrain ? 1 : 0;
      return test::words_of(asked.ask_stars(user, item, "1-7").source) + " | " +
             test::words_of(asked.sample(number, rng).source);
    };
    ASSERT_EQ(before.reviews->part_of(at), Part::kTrain);
    const std::string expected = words(data);
    EXPECT_EQ(words(own), expected);
    shown += words(others) == expected ? 0 : 1;
  }
  EXPECT_GT(hidden, 1000u);
  EXPECT_GT(shown, 15u);
}

TEST(RatingHistory, StandsBehindDescriptionsAndTitlesOfQuestionsAboutAPair) {
  const auto corpus = std::make_shared<const test::FakeCorpus>(met());
  TaskData data = test::make_data(corpus);
  data.reviews =
      std::make_shared<const Split>(corpus, std::vector<Part>{kA, kA, kA, kT, kA, kA, kV, kA, kT, kA}, "test");
  const RatingFamily task(data, {.profile_ratings = 5}), bare(data, {});
  EXPECT_EQ(test::words_of(task.ask_stars(0, 3, "1-7").source),
            "Here is what user_1 (gave 5 4 3) took home: item_3. Estimate the stars it earns.");
  EXPECT_EQ(test::words_of(task.ask_stars(1, 2, "1-7").source),
            "Here is what user_2 (gave 1 2) took home: item_2 (got 3). Estimate the stars it earns.");
  EXPECT_THAT(test::words_of(task.ask_stars(1, 2, "1-1").source), Not(HasSubstr("gave")));  // names alone
  EXPECT_THAT(test::words_of(bare.ask_stars(1, 2, "1-7").source), Not(HasSubstr("gave")));
}

TEST(RatingHistory, StrangersAreDescribedAndNotNamed) {
  const auto corpus = std::make_shared<const test::FakeCorpus>(met());
  TaskData data = test::make_data(corpus);
  data.reviews = std::make_shared<const Split>(corpus, std::vector<Part>(10, kA), "test");
  const RatingFamily task(data, {.prompts = {"1-7"}, .profile_ratings = 1, .anonymous = 0.5});
  Rng rng(6, "test");
  std::size_t named = 0;
  constexpr std::size_t kDraws = 4000, kFirstOfUser2 = 4;  // user 1, item 1
  for (std::size_t i = 0; i < kDraws; ++i) {
    const std::string words = test::words_of(task.sample(kFirstOfUser2, rng).source);
    const bool has_name = words.find("user_2 (gave ") != std::string::npos;
    EXPECT_EQ(has_name, words.find("item_1 (got ") != std::string::npos) << words;
    EXPECT_NE(has_name, words.find("a new user (gave ") != std::string::npos) << words;
    EXPECT_NE(has_name, words.find("a new item (got ") != std::string::npos) << words;
    named += has_name ? 1 : 0;
  }
  EXPECT_TRUE(test::fits_share(named, kDraws, 0.5)) << named;
  EXPECT_THAT(test::words_of(task.ask_stars(1, 1, "1-7").source), HasSubstr("user_2"));
}

TEST(RatingHistory, StarsAreAskedOfStrangersByPromptsThatNameTheItemToo) {
  const auto corpus = std::make_shared<const test::FakeCorpus>(met());
  TaskData data = test::make_data(corpus);
  data.reviews = std::make_shared<const Split>(corpus, std::vector<Part>(10, kA), "test");
  const RatingFamily task(data, {.prompts = {"1-1"}, .profile_ratings = 1, .anonymous = 1});
  EXPECT_EQ(test::words_of(task.ask_stars(1, 1, "1-1").source),
            "Guess the number of stars, one to five, that a new user (gave 5) leaves for a new item (got 4).");
  const RatingFamily bare(data, {.prompts = {"1-1"}, .profile_ratings = 1});
  EXPECT_THAT(test::words_of(bare.ask_stars(1, 1, "1-1").source), HasSubstr("user_2 leaves for item_1."));
}

TEST(RatingHistory, WhatIsToBeSaidOfAnItemNeedsItsNameWhereThePromptGivesIt) {
  const auto corpus = std::make_shared<const test::FakeCorpus>(met());
  const test::SampledFamily<TextSampler> task(kExplanationFamily, test::make_data(corpus),
                                              {.profile_ratings = 5, .anonymous = 1});
  EXPECT_THAT(test::words_of(task.ask({.user = 1, .item = 1, .rating = 4}, "3-6").source),
              AllOf(HasSubstr("user_2"), HasSubstr("item_1")));
  EXPECT_THAT(test::words_of(task.ask({.user = 1, .item = 1, .rating = 4}, "3-4").source), HasSubstr("a new item"));
}

TEST(RatingHistory, AModelThatSawNoNamesIsAskedWithoutThem) {
  const auto corpus = std::make_shared<const test::FakeCorpus>(met());
  TaskData data = test::make_data(corpus);
  const RatingFamily task(data, {.profile_ratings = 5, .anonymous = 1});
  EXPECT_EQ(test::words_of(task.ask_stars(0, 3, "1-7").source).find("user_1"), std::string::npos);
  EXPECT_THAT(test::words_of(task.ask_stars(0, 3, "1-7").source), HasSubstr("a new item"));
  EXPECT_THAT(test::words_of(task.ask_stars(0, 3, "1-1").source), HasSubstr("a new user"));
}

}  // namespace
}  // namespace p5
