#include "retrieval/calibrated_reranker.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "p5/error.h"
#include "retrieval/rerank_world.h"

namespace p5 {
namespace {

TEST(CalibratedReranker, MixesAListAsTheHistoryIsMixed) {
  const Split split = test::rerank_split();
  const CategoryProfile profile(split.corpus().catalog());
  const CalibratedReranker reranker(profile, 0.99);
  const auto pool = test::rerank_pool();
  const std::vector<ItemId> mixed{0, 1, 4, 5}, jazz{4, 6};
  const auto rock_of = [](const std::vector<ItemId>& items) {
    return std::count_if(items.begin(), items.end(), [](ItemId item) { return item < 4; });
  };
  EXPECT_EQ(rock_of(test::items_of(reranker.rerank({.history = mixed}, pool, 4))), 2);
  EXPECT_EQ(test::items_of(reranker.rerank({.history = jazz}, pool, 4)), (std::vector<ItemId>{4, 5, 6, 7}));
}

// Each place by the definition: the sum of relevance and the divergence of the whole list so far.
TEST(CalibratedReranker, FollowsItsDefinition) {
  const Split split = test::rerank_split();
  const CategoryProfile profile(split.corpus().catalog());
  const auto pool = test::rerank_pool();
  const std::vector<ItemId> history{0, 4, 5};
  const auto relevance = relevance_of(pool);
  for (const double strength : {0.1, 0.4, 0.7}) {
    std::vector<ItemId> expected;
    double sum = 0;
    while (expected.size() < 5) {
      std::size_t best = 0;
      double best_value = -1e9;
      for (std::size_t i = 0; i < pool.size(); ++i) {
        if (std::find(expected.begin(), expected.end(), pool[i].item) != expected.end()) continue;
        auto tried = expected;
        tried.push_back(pool[i].item);
        const double value =
            (1 - strength) * (sum + relevance[i]) - strength * miscalibration(profile.of(history), profile.of(tried));
        if (value > best_value + 1e-12) {
          best_value = value;
          best = i;
        }
      }
      expected.push_back(pool[best].item);
      sum += relevance[best];
    }
    EXPECT_EQ(test::items_of(CalibratedReranker(profile, strength).rerank({.history = history}, pool, 5)), expected);
  }
}

TEST(CalibratedReranker, KeepsTheOrderWhereNothingIsKnownOfTheHistory) {
  const Split split = test::rerank_split();
  const CalibratedReranker reranker(CategoryProfile(split.corpus().catalog()), 0.9);
  EXPECT_EQ(test::items_of(reranker.rerank({}, test::rerank_pool(), 3)), (std::vector<ItemId>{0, 1, 2}));
}

TEST(CalibratedReranker, NeedsCategories) {
  const Split plain =
      split_leave_one_out(std::make_shared<test::FakeCorpus>(std::vector<std::vector<ItemId>>{{0, 1, 2}}));
  EXPECT_THROW(make_reranker({.method = RerankOptions::Method::kCalibrate}, plain), Error);
}

}  // namespace
}  // namespace p5
