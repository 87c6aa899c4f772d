#include "task/unit_examples.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "p5/error.h"
#include "task/task_families.h"
#include "task/task_world.h"

namespace p5 {
namespace {

TaskOptions only_sequential() {
  TaskOptions options;
  options.rating_samples = options.direct_samples = 0;
  options.sequential_samples = 1;
  options.sequential_targets = SequentialTargets::kEach;
  return options;
}

UnitExamples make(const TaskData& data, const TaskOptions& options, std::int64_t groups, std::uint64_t seed = 3,
                  std::set<UserId> only = {}) {
  return {make_task_families(data, options), test::make_tokenizer(60), groups, seed, std::move(only)};
}

std::size_t training_events(const TaskData& data, UserId user) { return data.ranking->train_items(user).size() - 1; }

TEST(UnitExamples, EachExampleIsAnEvent) {
  const TaskData data = test::make_data();
  std::size_t events = 0;
  for (UserId user = 0; user < 40; ++user) events += training_events(data, user);
  const UnitExamples units = make(data, only_sequential(), UnitExamples::kEachExample);
  EXPECT_EQ(units.size(), events);
  EXPECT_EQ(units.examples(0), 1);
  EXPECT_EQ(units.share(0), 1);
}

TEST(UnitExamples, SamplesDecideHowOftenAFamilyIsDrawn) {
  const TaskData data = test::make_data();
  TaskOptions options = only_sequential();
  options.sequential_samples = 4;
  options.rating_samples = 1;
  const UnitExamples units = make(data, options, UnitExamples::kEachExample);
  std::set<double> shares;
  for (std::size_t unit = 0; unit < units.size(); ++unit) shares.insert(units.share(unit));
  EXPECT_EQ(shares, (std::set<double>{0.25, 1}));
}

TEST(UnitExamples, UsersAreDealtToGroupsOnce) {
  const TaskData data = test::make_data();
  for (const std::int64_t groups : {1, 7, 40, 1000}) {
    const UnitExamples units = make(data, only_sequential(), groups);
    EXPECT_EQ(units.size(), static_cast<std::size_t>(std::min<std::int64_t>(groups, 40)));
    std::int64_t examples = 0;
    for (std::size_t unit = 0; unit < units.size(); ++unit) examples += units.examples(unit);
    EXPECT_EQ(examples, make(data, only_sequential(), 1).examples(0)) << groups;
  }
}

// The promise that privacy of users stands on: what is drawn of one unit is the same whatever other users did.
TEST(UnitExamples, AUnitsRowsDependOnItsUserAlone) {
  test::FakeData one = test::world_data(), other = test::world_data();
  std::reverse(other.histories[5].begin(), other.histories[5].end());
  TaskOptions options = only_sequential();
  options.direct_samples = options.rating_samples = 1;
  const UnitExamples before = make(test::make_data(one), options, 40),
                     after = make(test::make_data(other), options, 40);
  ASSERT_EQ(before.size(), after.size());
  std::size_t changed = 0;
  for (std::size_t unit = 0; unit < before.size(); ++unit) {
    bool same = true;
    for (std::uint64_t visit = 0; visit < 8; ++visit) {
      const TokenBatch left = before.draw(unit, visit, 4), right = after.draw(unit, visit, 4);
      same = same && left.source == right.source && left.target == right.target;
    }
    changed += !same;
  }
  EXPECT_EQ(changed, 1u);
}

TEST(UnitExamples, DrawsRepeatAndVisitsDiffer) {
  const UnitExamples units = make(test::make_data(), only_sequential(), 40);
  EXPECT_EQ(units.draw(3, 1, 5).source, units.draw(3, 1, 5).source);
  EXPECT_NE(units.draw(3, 1, 5).source, units.draw(3, 2, 5).source);
  EXPECT_EQ(units.draw(3, 1, 5).rows, 5);
}

TEST(UnitExamples, OnlySomeUsers) {
  const TaskData data = test::make_data();
  const UnitExamples units = make(data, only_sequential(), 1, 3, {4, 9});
  EXPECT_EQ(units.size(), 1u);
  EXPECT_EQ(units.examples(0), static_cast<std::int64_t>(training_events(data, 4) + training_events(data, 9)));
}

TEST(UnitExamples, FamiliesThatMixUsersAreRefused) {
  TaskOptions options = only_sequential();
  options.next_session_samples = 1;
  try {
    make(test::make_data(), options, 40);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("next_session"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace p5
