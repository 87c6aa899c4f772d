#include "task/sequential_sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "p5/error.h"
#include "task/task_world.h"

namespace p5 {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using List = Mention::List;

// Train items of the one user: 10 to 15; validation 16, test 17.
TaskData one_user() {
  return test::make_data(test::FakeData{.histories = {{10, 11, 12, 13, 14, 15, 16, 17}}, .items = 200});
}

test::SampledFamily<SequentialSampler> task_of(const TaskData& data, const TaskOptions& options) {
  return {kSequentialFamily, data, options};
}

TEST(SequentialSampler, TargetsAreUniformOverTrainPositionsAfterTheFirst) {
  const auto task = task_of(one_user(), {.prompts = {"2-3"}});
  Rng rng(1, "test");
  std::map<ItemId, std::size_t> seen;
  constexpr std::size_t kDraws = 5000;
  for (std::size_t i = 0; i < kDraws; ++i) {
    const TaskExample example = task.sample(0, rng);
    const ItemId target = test::items_of(example.target).at(0);
    ++seen[target];
    const auto history = test::items_of(example.source, List::kHistory);
    ASSERT_EQ(history.size(), target - 10);
    for (std::size_t k = 0; k < history.size(); ++k) ASSERT_EQ(history[k], 10 + k);
  }
  EXPECT_EQ(seen.size(), 5u);
  for (const ItemId item : {11u, 12u, 13u, 14u, 15u}) EXPECT_TRUE(test::fits_share(seen[item], kDraws, 0.2)) << item;
}

TEST(SequentialSampler, TargetsCanBeTheLastThreeAsInP5) {
  const auto task = task_of(one_user(), {.prompts = {"2-3"}, .sequential_targets = SequentialTargets::kLastThree});
  Rng rng(2, "test");
  std::set<ItemId> seen;
  for (int i = 0; i < 300; ++i) seen.insert(test::items_of(task.sample(0, rng).target).at(0));
  EXPECT_THAT(seen, ElementsAre(13, 14, 15));
}

TEST(SequentialSampler, EachTrainPositionCanBeAnIndexOfItsOwn) {
  const auto task = task_of(one_user(), {.prompts = {"2-3"}, .sequential_targets = SequentialTargets::kEach});
  ASSERT_EQ(task.size(), 5u);
  Rng rng(5, "test");
  std::vector<ItemId> targets;
  for (std::size_t i = 0; i < task.size(); ++i) targets.push_back(test::items_of(task.sample(i, rng).target).at(0));
  EXPECT_THAT(targets, ElementsAre(11, 12, 13, 14, 15));
}

TEST(SequentialSampler, AnswersMayGoOnWithTrainItemsOnly) {
  const auto task = task_of(one_user(), {.prompts = {"2-3"}, .target_items = 3});
  Rng rng(8, "test");
  std::set<std::size_t> lengths;
  for (int i = 0; i < 300; ++i) {
    const TaskExample example = task.sample(0, rng);
    const auto answer = test::items_of(example.target);
    lengths.insert(answer.size());
    ASSERT_EQ(answer.size(), std::min<std::size_t>(3, 16 - answer[0]));  // 16 and 17 are validation and test
    for (std::size_t k = 0; k < answer.size(); ++k) ASSERT_EQ(answer[k], answer[0] + k);
  }
  EXPECT_THAT(lengths, ElementsAre(1, 2, 3));
}

TEST(SequentialSampler, AnswersMayBeginWithTheNewestItem) {
  const auto task = task_of(one_user(), {.prompts = {"2-3"}, .target_items = 2, .repeat_items = 1});
  Rng rng(10, "test");
  for (int i = 0; i < 100; ++i) {
    const TaskExample example = task.sample(0, rng);
    const auto answer = test::items_of(example.target);
    const auto history = test::items_of(example.source, List::kHistory);
    ASSERT_EQ(answer[0], history.back());
    ASSERT_EQ(answer[1], answer[0] + 1);
    ASSERT_LT(answer.back(), 16u);
  }
}

TEST(SequentialSampler, AnswersMayBeginWithSeveralItemsThatAreGiven) {
  const auto task = task_of(one_user(), {.prompts = {"2-3"}, .target_items = 2, .repeat_items = 3});
  Rng rng(10, "test");
  for (int i = 0; i < 100; ++i) {
    const TaskExample example = task.sample(0, rng);
    const auto answer = test::items_of(example.target);
    const auto history = test::items_of(example.source, List::kHistory);
    const std::size_t given = std::min<std::size_t>(3, history.size());
    ASSERT_TRUE(example.place);
    ASSERT_EQ(example.place->given, given);
    for (std::size_t k = 0; k < given; ++k) ASSERT_EQ(answer[k], history[history.size() - given + k]);
    ASSERT_EQ(answer[given], history.back() + 1);
    ASSERT_EQ(example.place->first, history.size());
  }
}

TEST(SequentialSampler, HistoriesMayRunFromNewToOld) {
  const auto task = task_of(one_user(), {.prompts = {"2-3"}, .newest_first = true, .max_history = 3});
  Rng rng(9, "test");
  for (int i = 0; i < 100; ++i) {
    const TaskExample example = task.sample(0, rng);
    const ItemId target = test::items_of(example.target).at(0);
    const auto history = test::items_of(example.source, List::kHistory);
    ASSERT_EQ(history.size(), std::min<std::size_t>(3, target - 10));
    for (std::size_t k = 0; k < history.size(); ++k) ASSERT_EQ(history[k], target - 1 - k);
  }
}

TEST(SequentialSampler, HistoryKeepsTheNewestAndMayStartLater) {
  Rng rng(3, "test");
  const auto two = task_of(one_user(), {.prompts = {"2-3"}, .max_history = 2});
  const auto late = task_of(one_user(), {.prompts = {"2-3"}, .random_start = true});
  std::set<ItemId> starts;
  for (int i = 0; i < 300; ++i) {
    const TaskExample example = two.sample(0, rng);
    const ItemId target = test::items_of(example.target).at(0);
    const auto history = test::items_of(example.source, List::kHistory);
    EXPECT_EQ(history.back(), target - 1);
    EXPECT_EQ(history.size(), std::min<std::size_t>(2, target - 10));
    const auto later = test::items_of(late.sample(0, rng).source, List::kHistory);
    ASSERT_FALSE(later.empty());
    starts.insert(later.front());
  }
  EXPECT_THAT(starts, ElementsAre(10, 11, 12));
}

TEST(SequentialSampler, ChoosesAmongDistinctCandidatesWithTheTargetAnywhere) {
  const auto task = task_of(one_user(), {.prompts = {"2-7"}, .candidates = 100});
  Rng rng(4, "test");
  std::map<std::size_t, std::size_t> places;
  constexpr std::size_t kDraws = 2000;
  for (std::size_t i = 0; i < kDraws; ++i) {
    const TaskExample example = task.sample(0, rng);
    const auto candidates = test::items_of(example.source, List::kCandidates);
    const ItemId target = test::items_of(example.target).at(0);
    ASSERT_EQ(std::set<ItemId>(candidates.begin(), candidates.end()).size(), 100u);
    ++places[static_cast<std::size_t>(std::find(candidates.begin(), candidates.end(), target) - candidates.begin()) /
             20];
    for (const ItemId item : candidates) ASSERT_TRUE(item == target || item < 10 || item > 17) << item;
  }
  EXPECT_EQ(places.size(), 5u);  // five stretches of twenty; position 100 would mean "not there"
  for (const auto& [place, count] : places) EXPECT_TRUE(test::fits_share(count, kDraws, 0.2)) << place << " " << count;
}

TEST(SequentialSampler, AsksAboutTheTargetHalfTheTime) {
  const auto task = task_of(one_user(), {.prompts = {"2-11"}});
  Rng rng(5, "test");
  std::size_t yes = 0;
  constexpr std::size_t kDraws = 4000;
  for (std::size_t i = 0; i < kDraws; ++i) {
    const TaskExample example = task.sample(0, rng);
    const ItemId asked = test::items_of(example.source, List::kNone).at(0);
    const bool positive = test::words_of(example.target) == "yes";
    yes += positive ? 1 : 0;
    if (positive) {
      EXPECT_EQ(asked, test::items_of(example.source, List::kHistory).back() + 1);
    } else {
      EXPECT_EQ(test::words_of(example.target), "no");
      EXPECT_TRUE(asked < 10 || asked > 17) << asked;
    }
  }
  EXPECT_TRUE(test::fits_share(yes, kDraws, 0.5)) << yes;
}

TEST(SequentialSampler, SmallCataloguesUseWhatExists) {
  const auto data = test::make_data(test::FakeData{.histories = {{0, 1, 2, 3, 4}}, .items = 7});
  Rng rng(6, "test");
  const auto choose = task_of(data, {.prompts = {"2-7"}}).sample(0, rng);
  EXPECT_EQ(test::items_of(choose.source, List::kCandidates).size(), 3u);
  const auto full = test::make_data(test::FakeData{.histories = {{0, 1, 2, 3, 4}}, .items = 5});
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(test::words_of(task_of(full, {.prompts = {"2-11"}}).sample(0, rng).target), "yes");
  }
}

TEST(SequentialSampler, EvaluationHistoryHoldsTheValidationItemOnlyForTest) {
  const auto task = task_of(one_user(), {});
  const auto valid = task.ask_user(0, Part::kValid, "2-13");
  EXPECT_THAT(test::items_of(valid.source), ElementsAre(10, 11, 12, 13, 14, 15));
  EXPECT_THAT(test::items_of(valid.target), ElementsAre(16));
  const auto last = task.ask_user(0, Part::kTest, "2-3");
  EXPECT_THAT(test::items_of(last.source), ElementsAre(10, 11, 12, 13, 14, 15, 16));
  EXPECT_THAT(test::items_of(last.target), ElementsAre(17));
  EXPECT_EQ(test::words_of(task.ask_user(0, Part::kTest, "2-11").target), "yes");
}

TEST(SequentialSampler, Pitfall12OrderOfCandidatesDoesNotReachThePrompt) {
  const auto task = task_of(one_user(), {});
  std::vector<ItemId> candidates = {17, 3, 99, 150, 42, 20, 7};
  const TaskExample first = task.ask_user(0, Part::kTest, "2-7", candidates);
  do {
    EXPECT_EQ(task.ask_user(0, Part::kTest, "2-7", candidates).source, first.source);
  } while (std::next_permutation(candidates.begin(), candidates.begin() + 4));
  const auto shown = test::items_of(first.source, List::kCandidates);
  EXPECT_TRUE(std::is_permutation(shown.begin(), shown.end(), candidates.begin(), candidates.end()));

  EXPECT_THROW(task.ask_user(0, Part::kTest, "2-7", std::vector<ItemId>{17, 3, 3}), Error);
  EXPECT_THROW(task.ask_user(0, Part::kTest, "2-7", std::vector<ItemId>{1, 2, 3}), Error);
  EXPECT_THROW(task.ask_user(0, Part::kTest, "2-7"), Error);
}

TEST(SequentialSampler, PlacesOfTheTargetDifferBetweenUsers) {
  const auto data = test::make_data();
  const auto task = task_of(data, {});
  std::set<std::size_t> places;
  for (UserId user = 0; user < 20; ++user) {
    const ItemId target = data.ranking->corpus().items()[*data.ranking->target_of(user, Part::kTest)];
    std::vector<ItemId> candidates;
    for (ItemId item = 0; item < 60; ++item) candidates.push_back(item);
    const auto shown = test::items_of(task.ask_user(user, Part::kTest, "2-7", candidates).source, List::kCandidates);
    places.insert(static_cast<std::size_t>(std::find(shown.begin(), shown.end(), target) - shown.begin()));
  }
  EXPECT_GT(places.size(), 10u);
}

TEST(SequentialSampler, AnswersForUsersThatTheCorpusDoesNotKnow) {
  const auto task = task_of(one_user(), {});
  const std::vector<ItemId> history = {5, 6};
  const TaskExample example = task.ask({.history = history}, "2-3");
  EXPECT_EQ(test::words_of(example.source), "item_5 item_6, and where does a new user turn after that?");
  EXPECT_THAT(example.target, IsEmpty());
}

TEST(SequentialSampler, LeavesOutUsersWithoutAHistoryAndNamesThem) {
  const auto data = test::make_data(test::FakeData{.histories = {{1, 2, 3, 4}, {1, 2, 3}, {5}}, .items = 9});
  const auto task = task_of(data, {});
  EXPECT_EQ(task.size(), 1u);
  EXPECT_EQ(test::items_of(task.ask_user(1, Part::kTest, "2-3").target).at(0), 3u);
  try {
    task.ask_user(2, Part::kTest, "2-3");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("'u2'"));
  }
}

TEST(SequentialSampler, RefusesASplitThatDoesNotCutTimeLines) {
  auto data = test::make_data();
  data.ranking = std::make_shared<const Split>(split_by_ratio(data.ranking->shared_corpus(), {}, nullptr));
  EXPECT_THROW(task_of(data, {}), Error);
}

}  // namespace
}  // namespace p5
