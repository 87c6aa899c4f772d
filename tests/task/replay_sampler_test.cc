#include "task/replay_sampler.h"

#include <gtest/gtest.h>

#include <map>

#include "task/direct_sampler.h"
#include "task/rating_sampler.h"
#include "task/sequential_sampler.h"
#include "task/task_families.h"
#include "task/task_world.h"

namespace p5 {
namespace {

// Training items of now: user "u0" 10 to 14, "u1" 20 to 22, "u2" 30 to 33.
TaskData now() {
  return test::make_data(test::FakeData{
      .histories = {{10, 11, 12, 13, 14, 15, 16}, {20, 21, 22, 23, 24}, {30, 31, 32, 33, 34, 35}}, .items = 60});
}
// Before: "u0" had its first five events, of which three were for training; "u1" all, "u2" was not there.
TaskData before() {
  return test::make_data(test::FakeData{.histories = {{10, 11, 12, 13, 14}, {20, 21, 22, 23, 24}}, .items = 60});
}

TEST(NewEvents, AreThoseAfterTheTrainingOfBefore) {
  const TaskData data = now();
  const NewEvents events(*data.ranking, *before().ranking);
  EXPECT_TRUE(events.has(0) && !events.has(1) && events.has(2));
  EXPECT_FALSE(events.has(0, 2));
  EXPECT_TRUE(events.has(0, 3) && events.has(2, 0));
  EXPECT_EQ(events.count(), 2u + 4u);
  EXPECT_EQ(events.all(), 5u + 3u + 4u);
}

// Which items a family's examples ask for, of `draws` that go through all indices in turn.
template <typename Sampler>
std::map<ItemId, std::size_t> targets_of(const char* family, const TaskOptions& options, double new_share,
                                         std::size_t draws) {
  const TaskData data = now();
  const auto all = std::make_shared<const Sampler>(family, make_sampler_inputs(data, options));
  const ReplaySampler sampler(all, NewEvents(*data.ranking, *before().ranking), new_share);
  EXPECT_EQ(sampler.size(), all->size());
  Rng rng(3, "replay");
  std::map<ItemId, std::size_t> seen;
  for (std::size_t i = 0; i < draws; ++i) {
    ++seen[test::items_of(sampler.sample(i % sampler.size(), rng).target).at(0)];
  }
  return seen;
}

TEST(ReplaySampler, AShareOfExamplesAsksForNewEvents) {
  constexpr std::size_t kDraws = 9000;
  const TaskOptions each{.prompts = {"2-3"}, .sequential_targets = SequentialTargets::kEach};
  auto seen = targets_of<SequentialSampler>(kSequentialFamily, each, 0.5, kDraws);
  // Nine positions in all; new ones are 13 and 14 of the first user, 31 to 33 of the third.
  std::size_t fresh = 0;
  for (const ItemId item : {13u, 14u, 31u, 32u, 33u}) fresh += seen[item];
  EXPECT_TRUE(test::fits_share(fresh, kDraws, 0.5 + 0.5 * 5 / 9)) << fresh;
  for (const ItemId item : {11u, 12u, 21u, 22u}) EXPECT_TRUE(test::fits_share(seen[item], kDraws, 0.5 / 9)) << item;
}

TEST(ReplaySampler, AllOrNothingOfThem) {
  const TaskOptions each{.prompts = {"2-3"}, .sequential_targets = SequentialTargets::kEach};
  const auto none = targets_of<SequentialSampler>(kSequentialFamily, each, 0, 900);
  for (const auto& [item, count] : none) EXPECT_EQ(count, 100u) << item;
  const auto only = targets_of<SequentialSampler>(kSequentialFamily, each, 1, 900);
  for (const auto& [item, count] : only) EXPECT_TRUE(item == 13 || item == 14 || item > 30) << item;
}

TEST(ReplaySampler, UsersWithNewEventsWhereAnIndexDrawsItsEvent) {
  const auto seen = targets_of<DirectSampler>(kDirectFamily, {.prompts = {"5-5"}}, 1, 900);
  for (const auto& [item, count] : seen) EXPECT_TRUE(item < 20 || item >= 30) << item;
  EXPECT_GT(seen.size(), 4u);
}

TEST(ReplaySampler, RatingsOfNewEvents) {
  const TaskData data = test::make_data(
      test::FakeData{.histories = {{10, 11, 12, 13, 14, 15, 16}, {20, 21, 22, 23, 24}, {30, 31, 32, 33, 34, 35}},
                     .items = 60,
                     .ratings = {{5, 4, 3, 5, 4, 3, 5}, {1, 2, 3, 4, 5}, {5, 4, 3, 2, 1, 5}}});
  const auto all = std::make_shared<const RatingSampler>(kRatingFamily, make_sampler_inputs(data, {}));
  std::size_t fresh = 0;
  for (std::size_t i = 0; i < all->size(); ++i) {
    const ItemId item =
        data.reviews->corpus().items()[data.reviews->corpus().range_of(*all->user_of(i)).begin + *all->place_of(i)];
    fresh += (item >= 13 && item < 20) || item >= 30 ? 1 : 0;
  }
  EXPECT_EQ(ReplaySampler(all, NewEvents(*data.ranking, *before().ranking), 0.5).new_size(), fresh);
  EXPECT_GT(fresh, 0u);
}

}  // namespace
}  // namespace p5
