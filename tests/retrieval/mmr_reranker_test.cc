#include "retrieval/mmr_reranker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "retrieval/rerank_world.h"

namespace p5 {
namespace {

// The definition, with all similarities looked at anew for every place.
std::vector<ItemId> by_definition(const std::vector<Candidate>& pool, const ItemSimilarity& similarity, double strength,
                                  std::size_t k) {
  const double low = pool.back().score, high = pool.front().score;
  std::vector<ItemId> list;
  while (list.size() < k) {
    ItemId best = 0;
    double best_value = -1e9;
    for (const Candidate& each : pool) {
      if (std::find(list.begin(), list.end(), each.item) != list.end()) continue;
      double nearest = 0;
      for (const ItemId above : list) nearest = std::max<double>(nearest, similarity.of(above, each.item));
      const double value = (1 - strength) * (each.score - low) / (high - low) - strength * nearest;
      if (value > best_value) {
        best_value = value;
        best = each.item;
      }
    }
    list.push_back(best);
  }
  return list;
}

TEST(MmrReranker, FollowsItsDefinition) {
  const Split split = test::rerank_split();
  const ItemSimilarity similarity(split);
  const auto pool = test::rerank_pool();
  for (const double strength : {0.0, 0.2, 0.5, 0.8}) {
    const MmrReranker reranker(similarity, strength);
    EXPECT_EQ(test::items_of(reranker.rerank({}, pool, 8)), by_definition(pool, similarity, strength, 8)) << strength;
  }
  EXPECT_EQ(test::items_of(MmrReranker(similarity, 0).rerank({}, pool, 3)), (std::vector<ItemId>{0, 1, 2}));
  // The second place goes to the best item of the other kind.
  EXPECT_EQ(test::items_of(MmrReranker(similarity, 0.8).rerank({}, pool, 2)), (std::vector<ItemId>{0, 4}));
}

TEST(MmrReranker, ReturnsWhatThePoolHas) {
  const Split split = test::rerank_split();
  const MmrReranker reranker(ItemSimilarity(split), 0.5);
  const auto pool = test::rerank_pool();
  auto items = test::items_of(reranker.rerank({}, pool, 50));
  std::sort(items.begin(), items.end());
  EXPECT_EQ(items, (std::vector<ItemId>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_TRUE(reranker.rerank({}, {}, 5).empty());
}

TEST(Rerankers, AreMadeByMethod) {
  const Split split = test::rerank_split();
  EXPECT_EQ(make_reranker({}, split), nullptr);
  for (const auto method : {RerankOptions::Method::kMmr, RerankOptions::Method::kDpp, RerankOptions::Method::kCalibrate,
                            RerankOptions::Method::kShuffle}) {
    const auto reranker = make_reranker({.method = method}, split);
    ASSERT_NE(reranker, nullptr);
    EXPECT_EQ(reranker->rerank({}, test::rerank_pool(), 5).size(), 5u);
  }
}

}  // namespace
}  // namespace p5
