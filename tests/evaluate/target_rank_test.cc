#include "evaluate/target_rank.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "base/rng.h"

namespace p5 {
namespace {

using Items = std::vector<ItemId>;
using Scores = std::vector<float>;

TEST(RankInScores, CountsTiesAgainstTheModel) {
  const Scores scores{1, 2, 2, 2, 0};
  EXPECT_EQ(rank_in_scores(scores, 1, {}).seen_kept, 3u);
  EXPECT_EQ(rank_in_scores(scores, 0, {}).seen_kept, 4u);
  EXPECT_EQ(rank_in_scores(Scores(1000, 0.5f), 17, {}).seen_kept, 1000u);  // a model that says nothing gets nothing
}

TEST(RankInScores, DropsSeenItemsOnceEach) {
  const Scores scores{5, 4, 3, 2, 1};
  const SeenRanks ranks = rank_in_scores(scores, 3, Items{0, 0, 4, 2, 99});
  EXPECT_EQ(ranks.seen_kept, 4u);
  EXPECT_EQ(ranks.seen_dropped, 2u);  // 0 and 2 rank before it, 4 after
}

TEST(RankInScores, ASeenTargetIsAMissOnlyWhenSeenIsDropped) {
  const SeenRanks ranks = rank_in_scores(Scores{5, 4, 3}, 1, Items{1, 0});
  EXPECT_EQ(ranks.seen_kept, 2u);
  EXPECT_EQ(ranks.seen_dropped, kMiss);
}

TEST(RankInScores, NumbersThatAreNoneNeverHelp) {
  const float nan = std::nanf("");
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(rank_in_scores(Scores{nan, 1, 0}, 1, {}).seen_kept, 2u);
  EXPECT_EQ(rank_in_scores(Scores{nan, 1, 0}, 0, {}).seen_kept, 3u);
  EXPECT_EQ(rank_in_scores(Scores{-infinity, 1, -infinity}, 0, {}).seen_kept, 3u);
}

TEST(RankInScores, AgreesWithTheDefinition) {
  Rng rng(5, "rank test");
  for (int round = 0; round < 300; ++round) {
    const std::size_t count = 1 + rng.below(80);
    Scores scores(count);
    for (float& score : scores) score = static_cast<float>(rng.below(12));
    const auto target = static_cast<ItemId>(rng.below(count));
    Items history(rng.below(20));
    for (ItemId& item : history) item = static_cast<ItemId>(rng.below(count));
    const std::set<ItemId> seen(history.begin(), history.end());

    SeenRanks expected{.seen_kept = 1, .seen_dropped = 1};
    for (ItemId item = 0; item < count; ++item) {
      const bool before = item != target && scores[item] >= scores[target];
      expected.seen_kept += before ? 1 : 0;
      expected.seen_dropped += before && !seen.contains(item) ? 1 : 0;
    }
    if (seen.contains(target)) expected.seen_dropped = kMiss;
    const SeenRanks ranks = rank_in_scores(scores, target, history);
    EXPECT_EQ(ranks.seen_kept, expected.seen_kept);
    EXPECT_EQ(ranks.seen_dropped, expected.seen_dropped);
  }
}

TEST(RankInList, IsThePlaceInTheList) {
  const std::vector<Candidate> list{{7, 3}, {5, 2}, {9, 1}};
  EXPECT_EQ(rank_in_list(list, 9, {}).seen_kept, 3u);
  EXPECT_EQ(rank_in_list(list, 9, Items{7, 4}).seen_dropped, 2u);
  EXPECT_EQ(rank_in_list(list, 9, Items{9}).seen_kept, 3u);
  EXPECT_EQ(rank_in_list(list, 9, Items{9}).seen_dropped, kMiss);
  EXPECT_EQ(rank_in_list(list, 1, {}).seen_kept, kMiss);
  EXPECT_EQ(rank_in_list(list, 1, {}).seen_dropped, kMiss);
  EXPECT_EQ(rank_in_list({}, 1, {}).seen_kept, kMiss);
}

// An answer that is not an item, or that repeats another, takes a position that a good answer could have had.
TEST(RankInList, UselessAnswersKeepTheirPlaces) {
  const std::vector<Candidate> list{{0xffffffffu, 4}, {7, 3}, {7, 2}, {9, 1}};
  EXPECT_EQ(rank_in_list(list, 9, {}).seen_kept, 4u);
  EXPECT_EQ(rank_in_list(list, 7, {}).seen_kept, 2u);
}

TEST(RankAmong, LooksAtTheCandidatesOnly) {
  const Scores scores{9, 4, 3, 4, 1};
  EXPECT_EQ(rank_among(scores, 1, Items{2, 4}), 1u);
  EXPECT_EQ(rank_among(scores, 1, Items{2, 3, 1, 4}), 2u);  // 3 ties
  EXPECT_EQ(rank_among(scores, 4, Items{0, 1, 2}), 4u);
}

}  // namespace
}  // namespace p5
