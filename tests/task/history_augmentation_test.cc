#include "task/history_augmentation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace p5 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<ItemId> kHistory = {1, 2, 3, 4, 5, 6, 7, 8};

TEST(HistoryAugmentation, DoesNothingUnasked) {
  Rng rng(1, "test"), untouched(1, "test");
  EXPECT_EQ(augment_history(kHistory, {}, rng), kHistory);
  EXPECT_EQ(rng.state(), untouched.state());
}

TEST(HistoryAugmentation, RandomStartDropsUpToTwo) {
  Rng rng(2, "test");
  std::set<std::vector<ItemId>> seen;
  for (int i = 0; i < 100; ++i) seen.insert(augment_history(kHistory, {.random_start = true}, rng));
  EXPECT_EQ(seen.size(), 3u);
  EXPECT_TRUE(seen.contains({3, 4, 5, 6, 7, 8}));
}

TEST(HistoryAugmentation, CropBeginsAnywhereAndEndsWithTheNewest) {
  Rng rng(3, "test");
  std::set<std::size_t> sizes;
  for (int i = 0; i < 300; ++i) {
    const auto items = augment_history(kHistory, {.crop = 1}, rng);
    ASSERT_TRUE(std::equal(items.rbegin(), items.rend(), kHistory.rbegin()));
    sizes.insert(items.size());
  }
  EXPECT_THAT(sizes, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
}

TEST(HistoryAugmentation, MaskLeavesItemsOut) {
  Rng rng(4, "test");
  std::size_t kept = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto items = augment_history(kHistory, {.mask = 0.25}, rng);
    ASSERT_EQ(items.back(), 8u);
    ASSERT_TRUE(std::is_sorted(items.begin(), items.end()));
    kept += items.size() - 1;
  }
  EXPECT_NEAR(static_cast<double>(kept) / (7 * 2000), 0.75, 0.02);
  EXPECT_THAT(augment_history(kHistory, {.mask = 1}, rng), ElementsAre(8));
}

TEST(HistoryAugmentation, ReorderShufflesAStretchOfTheOlderItems) {
  Rng rng(5, "test");
  std::set<std::size_t> moved;
  for (int i = 0; i < 1000; ++i) {
    auto items = augment_history(kHistory, {.reorder = 1}, rng);
    ASSERT_EQ(items.back(), 8u);
    std::size_t first = 8, last = 0;
    for (std::size_t at = 0; at < items.size(); ++at) {
      if (items[at] == kHistory[at]) continue;
      moved.insert(at);
      first = std::min(first, at);
      last = at;
    }
    ASSERT_LE(last + 1, first + 4 + (first == 8 ? 8 : 0));
    std::sort(items.begin(), items.end());
    ASSERT_EQ(items, kHistory);
  }
  EXPECT_EQ(moved.size(), 7u);  // every older position is reached
}

TEST(HistoryAugmentation, ShortHistoriesKeepTheirNewestItem) {
  const TaskOptions all{.random_start = true, .crop = 1, .mask = 1, .reorder = 1};
  Rng rng(6, "test");
  for (int i = 0; i < 200; ++i) {
    EXPECT_THAT(augment_history(std::vector<ItemId>{9}, all, rng), ElementsAre(9));
    EXPECT_THAT(augment_history(std::vector<ItemId>{3, 9}, all, rng), ElementsAre(9));
    EXPECT_EQ(augment_history(std::vector<ItemId>{1, 2, 9}, {.reorder = 1}, rng).back(), 9u);
  }
  EXPECT_THAT(augment_history({}, all, rng), IsEmpty());
}

}  // namespace
}  // namespace p5
