#include "task/taught_items.h"

#include <gtest/gtest.h>

#include <vector>

namespace p5 {
namespace {

TaughtItems two_users() {
  std::vector<TaughtItems::UserLists> users(2);
  users[1].first = 3;
  users[1].lists = {{{7, 0.75f}, {9, 0.25f}}, {{4, 1.0f}}};
  return {0.5, std::move(users)};
}

TEST(TaughtItems, AreThoseOfTheAskedHistories) {
  const TaughtItems taught = two_users();
  EXPECT_EQ(taught.weight(), 0.5);
  ASSERT_EQ(taught.of(1, 3).size(), 2u);
  EXPECT_EQ(taught.of(1, 3)[1].item, 9u);
  EXPECT_EQ(taught.of(1, 4)[0].item, 4u);
  for (const std::size_t length : {0, 2, 5}) EXPECT_TRUE(taught.of(1, length).empty()) << length;
  EXPECT_TRUE(taught.of(0, 3).empty());
  EXPECT_TRUE(taught.of(2, 3).empty());
}

// What the neighbors say stays a feature; the target follows the teacher alone.
TEST(TaughtItems, TakeThePlaceOfNeighborsInTargets) {
  std::vector<KnownItem> known = {{.item = 9, .share = 0.4f}, {.item = 2, .share = 0.6f, .age = 1, .held = true}};
  two_users().teach(1, 3, known);
  ASSERT_EQ(known.size(), 3u);
  EXPECT_EQ(known[0].share, 0.4f);
  EXPECT_EQ(known[0].taught, 0.25f);
  EXPECT_EQ(known[1].taught, 0.0f);
  EXPECT_EQ(known[1].age, 1);
  EXPECT_EQ(known[2].item, 7u);
  EXPECT_EQ(known[2].share, 0.0f);
  EXPECT_EQ(known[2].taught, 0.75f);
}

TEST(TaughtItems, ChangeNothingWhereTheTeacherWasNotAsked) {
  std::vector<KnownItem> known = {{.item = 9, .share = 0.4f}};
  two_users().teach(0, 3, known);
  ASSERT_EQ(known.size(), 1u);
  EXPECT_LT(known[0].taught, 0.0f);
}

}  // namespace
}  // namespace p5
