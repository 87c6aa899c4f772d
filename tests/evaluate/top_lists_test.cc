#include "evaluate/top_lists.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "retrieval/top_k.h"

namespace p5 {
namespace {

std::vector<ItemId> list(std::span<const ItemId> items) { return {items.begin(), items.end()}; }

TEST(TopLists, AreFullWithAndWithoutSeenItems) {
  std::vector<float> scores(30);
  for (std::size_t item = 0; item < scores.size(); ++item) scores[item] = 100.0f - static_cast<float>(item);
  const std::vector<ItemId> history{0, 3, 3, 12};
  TopLists lists(1, scores.size());
  lists.set(0, scores, history);
  EXPECT_EQ(list(lists.kept(0)), (std::vector<ItemId>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(list(lists.dropped(0)), (std::vector<ItemId>{1, 2, 4, 5, 6, 7, 8, 9, 10, 11}));
}

TEST(TopLists, OfListsLeaveOutWhatIsNoItemAndRepeats) {
  const std::vector<Candidate> given{{7, 5}, {99, 4}, {7, 3}, {2, 2}, {1, 1}};
  const std::vector<ItemId> history{2};
  TopLists lists(2, 10);
  lists.set(1, given, history);
  EXPECT_EQ(list(lists.kept(1)), (std::vector<ItemId>{7, 2, 1}));
  EXPECT_EQ(list(lists.dropped(1)), (std::vector<ItemId>{7, 1}));
  const std::vector<Candidate> again{{5, 5}, {7, 4}};
  lists.set_dropped(1, again, history);
  EXPECT_EQ(list(lists.kept(1)), (std::vector<ItemId>{7, 2, 1}));
  EXPECT_EQ(list(lists.dropped(1)), (std::vector<ItemId>{5, 7}));
}

}  // namespace
}  // namespace p5
