#include "retrieval/dpp_reranker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "retrieval/rerank_world.h"

namespace p5 {
namespace {

double determinant(std::vector<std::vector<double>> rows) {
  double value = 1;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    value *= rows[i][i];
    for (std::size_t j = i + 1; j < rows.size(); ++j) {
      const double factor = rows[j][i] / rows[i][i];
      for (std::size_t c = i; c < rows.size(); ++c) rows[j][c] -= factor * rows[i][c];
    }
  }
  return value;
}

// Greedy by the determinant of L itself, computed anew for every candidate of every place.
std::vector<ItemId> by_determinants(const std::vector<Candidate>& pool, const ItemSimilarity& similarity,
                                    double strength, std::size_t k) {
  const double low = pool.back().score, high = pool.front().score;
  const double a = (1 - strength) / (2 * strength);
  const auto quality = [&](std::size_t i) { return std::exp(a * (pool[i].score - low) / (high - low)); };
  std::vector<std::size_t> chosen;
  while (chosen.size() < k) {
    std::size_t best = 0;
    double best_value = -1;
    for (std::size_t i = 0; i < pool.size(); ++i) {
      if (std::find(chosen.begin(), chosen.end(), i) != chosen.end()) continue;
      auto tried = chosen;
      tried.push_back(i);
      std::vector<std::vector<double>> rows(tried.size(), std::vector<double>(tried.size()));
      for (std::size_t r = 0; r < tried.size(); ++r) {
        for (std::size_t c = 0; c < tried.size(); ++c) {
          rows[r][c] = quality(tried[r]) * similarity.of(pool[tried[r]].item, pool[tried[c]].item) * quality(tried[c]);
        }
      }
      const double value = determinant(rows);
      if (value > best_value * (1 + 1e-9)) {
        best_value = value;
        best = i;
      }
    }
    chosen.push_back(best);
  }
  std::vector<ItemId> items;
  for (const std::size_t i : chosen) items.push_back(pool[i].item);
  return items;
}

TEST(DppReranker, IsGreedyInTheDeterminant) {
  const Split split = test::rerank_split();
  const ItemSimilarity similarity(split);
  const auto pool = test::rerank_pool();
  for (const double strength : {0.1, 0.3, 0.6, 0.9}) {
    const DppReranker reranker(similarity, strength);
    EXPECT_EQ(test::items_of(reranker.rerank({}, pool, 6)), by_determinants(pool, similarity, strength, 6)) << strength;
  }
}

TEST(DppReranker, KeepsTheOrderAtStrengthZeroAndForCopies) {
  const Split split = test::rerank_split();
  const auto pool = test::rerank_pool();
  EXPECT_EQ(test::items_of(DppReranker(ItemSimilarity(split), 0).rerank({}, pool, 4)),
            (std::vector<ItemId>{0, 1, 2, 3}));
  // All items alike: after the first, none adds volume.
  test::FakeData data{.histories = {{0, 1, 2}}, .items = 5, .categories = {{"a"}, {"a"}, {"a"}, {"a"}, {"a"}}};
  const Split alike = split_leave_one_out(std::make_shared<test::FakeCorpus>(std::move(data)));
  const std::vector<Candidate> copies(pool.begin(), pool.begin() + 5);
  EXPECT_EQ(test::items_of(DppReranker(ItemSimilarity(alike), 0.5).rerank({}, copies, 4)),
            (std::vector<ItemId>{0, 1, 2, 3}));
}

}  // namespace
}  // namespace p5
