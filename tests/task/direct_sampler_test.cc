#include "task/direct_sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "p5/error.h"
#include "task/task_world.h"

namespace p5 {
namespace {

using List = Mention::List;

test::SampledFamily<DirectSampler> task_of(const TaskData& data, const TaskOptions& options) {
  return {kDirectFamily, data, options};
}

TaskData one_user() { return test::make_data(test::FakeData{.histories = {{10, 11, 12, 13, 14, 15}}, .items = 300}); }

TEST(DirectSampler, TargetsAreUniformOverTrainItemsAmongDistinctCandidates) {
  const auto task = task_of(one_user(), {.prompts = {"5-5"}, .candidates = 100});
  Rng rng(1, "test");
  std::map<ItemId, std::size_t> seen;
  constexpr std::size_t kDraws = 2000;
  for (std::size_t i = 0; i < kDraws; ++i) {
    const TaskExample example = task.sample(0, rng);
    const ItemId target = test::items_of(example.target).at(0);
    ++seen[target];
    const auto candidates = test::items_of(example.source);
    const std::set<ItemId> distinct(candidates.begin(), candidates.end());
    ASSERT_EQ(candidates.size(), 100u);
    ASSERT_EQ(distinct.size(), 100u);
    ASSERT_TRUE(distinct.contains(target));
    for (const ItemId item : {10u, 11u, 12u, 13u, 14u, 15u}) ASSERT_EQ(distinct.contains(item), item == target);
  }
  EXPECT_EQ(seen.size(), 4u);
  for (const ItemId item : {10u, 11u, 12u, 13u}) EXPECT_TRUE(test::fits_share(seen[item], kDraws, 0.25)) << item;
}

TEST(DirectSampler, AsksAboutTrainItemsHalfTheTime) {
  const auto task = task_of(one_user(), {.prompts = {"5-1"}});
  Rng rng(2, "test");
  std::size_t yes = 0;
  constexpr std::size_t kDraws = 4000;
  for (std::size_t i = 0; i < kDraws; ++i) {
    const TaskExample example = task.sample(0, rng);
    const ItemId asked = test::items_of(example.source).at(0);
    const bool positive = test::words_of(example.target) == "yes";
    yes += positive ? 1 : 0;
    EXPECT_EQ(positive, asked >= 10 && asked <= 13);
    EXPECT_FALSE(asked == 14 || asked == 15);
  }
  EXPECT_TRUE(test::fits_share(yes, kDraws, 0.5)) << yes;
}

TEST(DirectSampler, EvaluationAsksForTheTargetOfThePart) {
  const auto task = task_of(one_user(), {});
  const std::vector<ItemId> candidates = {200, 14, 15, 201};
  EXPECT_EQ(test::items_of(task.ask_user(0, Part::kValid, "5-8", candidates).target).at(0), 14u);
  EXPECT_EQ(test::items_of(task.ask_user(0, Part::kTest, "5-5", candidates).target).at(0), 15u);
  const auto pair = task.ask({.user = 0, .item = 200}, "5-1");
  EXPECT_EQ(test::items_of(pair.source).at(0), 200u);
  EXPECT_TRUE(pair.target.empty());
  const std::vector<ItemId> backwards(candidates.rbegin(), candidates.rend());
  EXPECT_EQ(task.ask_user(0, Part::kTest, "5-5", candidates).source,
            task.ask_user(0, Part::kTest, "5-5", backwards).source);
}

}  // namespace
}  // namespace p5
