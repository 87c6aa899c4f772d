#include "task/star_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "task/rating_task.h"
#include "task/task_world.h"

namespace p5 {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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

StarHistory history_of(const test::FakeData& data, std::vector<Part> marks) {
  const auto corpus = std::make_shared<const test::FakeCorpus>(data);
  return StarHistory(Split(corpus, std::move(marks), "test"));
}
StarHistory history_of(const test::FakeData& data) {
  return history_of(data, {kA, kA, kA, kT, kA, kA, kT, kA, kT, kA});
}

TEST(StarHistory, ShowsWhatTheUserGaveBefore) {
  const StarHistory stars = history_of(met());
  EXPECT_EQ(stars.given(0, 0, 9), "");
  EXPECT_EQ(stars.given(0, 2, 9), "5 4");
  EXPECT_EQ(stars.given(0, 3, 9), "5 4 3");             // a test target: all of training
  EXPECT_EQ(stars.given(0, std::nullopt, 9), "5 4 3");  // not about an item; the test part never shows
  EXPECT_EQ(stars.given(1, 3, 9), "1 2");               // never met
  EXPECT_EQ(stars.given(0, 3, 2), "4 3");               // the latest
  EXPECT_EQ(stars.given(3, std::nullopt, 9), "");       // not rated
}

TEST(StarHistory, ShowsWhatTheItemGotFromOthersBefore) {
  const StarHistory stars = history_of(met());
  EXPECT_EQ(stars.received(0, 0, 9), "");       // user 0 came first
  EXPECT_EQ(stars.received(0, 1, 9), "5");      // user 2 came at the same time, which is not before
  EXPECT_EQ(stars.received(0, 3, 9), "5 2 4");  // never met: all, from old to new
  EXPECT_EQ(stars.received(0, std::nullopt, 2), "2 4");
  EXPECT_EQ(stars.received(2, 1, 9), "3");
  EXPECT_EQ(stars.received(3, 3, 9), "");  // its stars are test stars
}

TEST(StarHistory, WithoutTimesNothingIsKnownToBeEarlier) {
  test::FakeData data = met();
  for (auto& times : data.times) times.assign(times.size(), kNoTime);
  const StarHistory stars = history_of(data);
  EXPECT_EQ(stars.given(0, 2, 9), "5 4");  // a user's interactions have an order
  EXPECT_EQ(stars.received(0, 3, 9), "");
}

// Whatever the interaction, changing its own stars, or those of later ones, or of held-out ones, changes no word of its
// question.
TEST(StarHistory, NoAnswerShowsInItsOwnQuestion) {
  Rng rng(5, "star history test");
  test::FakeData data = test::world_data();
  for (auto& items : data.histories) {
    std::vector<std::int64_t> times;
    for (std::size_t i = 0; i < items.size(); ++i) times.push_back(static_cast<std::int64_t>(rng.below(50)));
    std::sort(times.begin(), times.end());
    data.times.push_back(times);
  }
  const TaskOptions options{.prompts = {"1-7"}, .profile_stars = 4};
  const TaskData before = test::make_data(data);
  const RatingTask task(before, options);
  const Corpus& corpus = before.reviews->corpus();
  std::size_t changed = 0;
  for (UserId user = 0; user < 20; ++user) {
    const std::size_t at = corpus.range_of(user).begin + 2;
    test::FakeData other = data;
    for (UserId u = 0; u < other.histories.size(); ++u) {
      for (std::size_t i = 0; i < other.histories[u].size(); ++i) {
        const std::size_t place = corpus.range_of(u).begin + i;
        const bool earlier =
            corpus.times()[place] < corpus.times()[at] && before.reviews->part_of(place) == Part::kTrain;
        if (place != at && (earlier || (u == user && place < at))) continue;
        other.ratings[u][i] = 6 - other.ratings[u][i];
        ++changed;
      }
    }
    const RatingTask again(test::make_data(other), options);
    const ItemId item = corpus.items()[at];
    EXPECT_EQ(test::words_of(again.evaluation_example(user, item, "1-7").source),
              test::words_of(task.evaluation_example(user, item, "1-7").source));
  }
  EXPECT_GT(changed, 1000u);
}

TEST(StarHistory, StandsBehindDescriptionsAndTitlesOfQuestionsAboutAPair) {
  const auto corpus = std::make_shared<const test::FakeCorpus>(met());
  TaskData data = test::make_data(corpus);
  data.reviews =
      std::make_shared<const Split>(corpus, std::vector<Part>{kA, kA, kA, kT, kA, kA, kV, kA, kT, kA}, "test");
  const RatingTask task(data, {.profile_stars = 5}), bare(data, {});
  EXPECT_EQ(test::words_of(task.evaluation_example(0, 3, "1-7").source),
            "Here is what user_1 (gave 5 4 3) took home: item_3. Estimate the stars it earns.");
  EXPECT_EQ(test::words_of(task.evaluation_example(1, 2, "1-7").source),
            "Here is what user_2 (gave 1 2) took home: item_2 (got 3). Estimate the stars it earns.");
  EXPECT_THAT(test::words_of(task.evaluation_example(1, 2, "1-1").source), Not(HasSubstr("gave")));  // names alone
  EXPECT_THAT(test::words_of(bare.evaluation_example(1, 2, "1-7").source), Not(HasSubstr("gave")));
}

TEST(StarHistory, StrangersAreDescribedAndNotNamed) {
  const auto corpus = std::make_shared<const test::FakeCorpus>(met());
  TaskData data = test::make_data(corpus);
  data.reviews = std::make_shared<const Split>(corpus, std::vector<Part>(10, kA), "test");
  const RatingTask task(data, {.prompts = {"1-7"}, .profile_stars = 5, .strangers = 0.5});
  Rng rng(6, "test");
  std::multiset<std::string> seen;
  constexpr std::size_t kDraws = 4000, kThird = 2;  // user 0, item 2
  for (std::size_t i = 0; i < kDraws; ++i) seen.insert(test::words_of(task.sample(kThird, rng).source));
  const std::string strangers =
      "Here is what a new user (gave 5 4) took home: a new item. Estimate the stars it earns.";
  EXPECT_TRUE(test::fits_share(seen.count(strangers), kDraws, 0.5)) << seen.count(strangers);
  EXPECT_EQ(seen.count("Here is what user_1 (gave 5 4) took home: item_2. Estimate the stars it earns."),
            kDraws - seen.count(strangers));
  // A prompt that names the item is never asked about a stranger.
  const RatingTask named(data, {.prompts = {"1-1"}, .strangers = 1});
  EXPECT_THAT(test::words_of(named.sample(kThird, rng).source), HasSubstr("user_1"));
}

}  // namespace
}  // namespace p5
