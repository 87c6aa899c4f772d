#include "retrieval/top_k.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/rng.h"

namespace p5 {
namespace {

std::vector<ItemId> items_of(const std::vector<Candidate>& list) {
  std::vector<ItemId> items;
  for (const Candidate& candidate : list) items.push_back(candidate.item);
  return items;
}

TEST(TopK, ReturnsTheBestFirstAndEqualScoresByItem) {
  const std::vector<float> scores{0.5f, 2.0f, 1.0f, 2.0f, 1.0f};
  EXPECT_EQ(items_of(top_k(scores, 4)), (std::vector<ItemId>{1, 3, 2, 4}));
  EXPECT_EQ(top_k(scores, 1)[0].score, 2.0f);
}

TEST(TopK, AsksForNothingOrForMoreThanThereIs) {
  const std::vector<float> scores{1.0f, 2.0f};
  EXPECT_TRUE(top_k(scores, 0).empty());
  EXPECT_EQ(top_k(scores, 9).size(), 2u);
  EXPECT_TRUE(top_k(std::span<const float>(), 9).empty());
}

TEST(TopK, NeverReturnsWhatIsNoCandidate) {
  const std::vector<float> scores{std::nanf(""), -1.0f, kNotACandidate, 3.0f};
  EXPECT_EQ(items_of(top_k(scores, 4)), (std::vector<ItemId>{3, 1}));
  EXPECT_EQ(items_of(top_k({{0, std::nanf("")}, {7, -1.0f}, {9, kNotACandidate}}, 4)), (std::vector<ItemId>{7}));
}

TEST(TopK, ListKeepsTheBestOfARepeatedItem) {
  const auto list = top_k({{4, 1.0f}, {2, 0.5f}, {4, 3.0f}, {3, 2.0f}}, 3);
  EXPECT_EQ(items_of(list), (std::vector<ItemId>{4, 3, 2}));
  EXPECT_EQ(list[0].score, 3.0f);
}

// Few different scores make many ties; sizes around the block length test its edges.
TEST(TopK, AgreesWithAFullSort) {
  Rng rng(7, "top k");
  for (const std::size_t size : {1u, 63u, 64u, 65u, 127u, 500u}) {
    for (const std::size_t k : {1u, 5u, 20u, 64u, 600u}) {
      std::vector<float> scores(size);
      for (float& score : scores) score = static_cast<float>(rng.below(20));
      std::vector<ItemId> expected(size);
      std::iota(expected.begin(), expected.end(), 0u);
      std::stable_sort(expected.begin(), expected.end(), [&](ItemId a, ItemId b) { return scores[a] > scores[b]; });
      expected.resize(std::min(size, k));
      EXPECT_EQ(items_of(top_k(scores, k)), expected) << "size " << size << ", k " << k;

      std::vector<Candidate> candidates;
      for (ItemId item = 0; item < size; ++item) candidates.push_back({item, scores[item]});
      rng.shuffle(std::span(candidates));
      EXPECT_EQ(items_of(top_k(candidates, k)), expected) << "list of " << size << ", k " << k;
    }
  }
}

}  // namespace
}  // namespace p5
