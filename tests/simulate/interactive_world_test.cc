#include "simulate/interactive_world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "p5/error.h"

namespace p5 {
namespace {

const WorldOptions kSmall{.users = 20, .items = 60, .days = 10, .visits = 50, .seed = 3};

std::vector<std::uint32_t> first_items(const InteractiveWorld& world, std::size_t k) {
  return {world.items().begin(), world.items().begin() + static_cast<std::ptrdiff_t>(k)};
}

TEST(InteractiveWorld, EqualOptionsAndListsGiveEqualClicks) {
  InteractiveWorld one(kSmall), same(kSmall);
  WorldOptions other_seed = kSmall;
  other_seed.seed = 4;
  InteractiveWorld other(other_seed);
  EXPECT_EQ(one.visitors(), same.visitors());
  bool differs = false;
  for (int i = 0; i < 30; ++i) {
    const auto list = first_items(one, 5);
    const auto clicks = one.show(2, list);
    EXPECT_EQ(clicks, same.show(2, list));
    differs = differs || clicks != other.show(2, first_items(other, 5));
  }
  EXPECT_TRUE(differs);
}

// Over many fresh users' visits, the mean of clicks is what expected_clicks() says before each.
TEST(InteractiveWorld, ClicksComeAsOftenAsExpected) {
  WorldOptions options = kSmall;
  options.users = 4000;
  options.clicks = 0.3;
  InteractiveWorld world(options);
  const auto list = first_items(world, 6);
  double expected = 0, got = 0;
  for (std::uint32_t user = 0; user < 4000; ++user) {
    expected += world.expected_clicks(user, list) / 4000;
    const auto clicks = world.show(user, list);
    got += static_cast<double>(std::ranges::count(clicks, true)) / 4000;
  }
  EXPECT_NEAR(got, expected, 0.06);
}

TEST(InteractiveWorld, UsersGetBoredAndDoNotWantAgainWhatTheyHave) {
  WorldOptions options = kSmall;
  options.position_bias = 0;  // each item is looked at
  options.boredom = 0.5;
  InteractiveWorld world(options);
  const std::uint32_t item = world.items()[0];
  const std::vector<std::uint32_t> list{item};
  double before = world.appeal(1, item);
  for (int i = 0; i < 20; ++i) {
    const bool clicked = world.show(1, list)[0];
    const double now = world.appeal(1, item);
    EXPECT_NEAR(now, clicked ? now : before * 0.5, 1e-12);
    EXPECT_LT(now, before + 1e-12);
    if (clicked) break;
    before = now;
  }
}

TEST(InteractiveWorld, ItemsComeOutAndTastesChange) {
  WorldOptions options = kSmall;
  options.new_items = 0.5;
  InteractiveWorld world(options);
  const std::size_t first = world.items().size();
  std::vector<double> appeals;
  for (const std::uint32_t item : world.items()) appeals.push_back(world.appeal(0, item));
  const auto known = first_items(world, first);
  world.begin_day(9);
  EXPECT_GT(world.items().size(), first);
  bool changed = false;
  for (std::size_t i = 0; i < known.size(); ++i) changed = changed || world.appeal(0, known[i]) != appeals[i];
  EXPECT_TRUE(changed);
  options.drift = 0;
  options.new_items = 0;
  InteractiveWorld still(options);
  EXPECT_EQ(still.items().size(), 60u);
  const double appeal = still.appeal(0, still.items()[5]);
  still.begin_day(9);
  EXPECT_EQ(still.appeal(0, still.items()[5]), appeal);
}

TEST(InteractiveWorld, LowerPlacesAreLookedAtLess) {
  const InteractiveWorld world(kSmall);
  EXPECT_EQ(world.looked_at(0), 1);
  EXPECT_NEAR(world.looked_at(2), 1 / 1.6, 1e-12);
}

}  // namespace
}  // namespace p5
