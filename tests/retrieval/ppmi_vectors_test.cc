#include "retrieval/ppmi_vectors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "retrieval/dense_algebra.h"
#include "retrieval/random_log.h"
#include "retrieval/symmetric_spectrum.h"

namespace p5 {
namespace {

using test::Histories;
using test::split_of;

constexpr std::size_t kItems = 60;

std::vector<float> dense(const SparseRows& rows) {
  std::vector<float> matrix(rows.size() * rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const ItemWeight& entry : rows[i]) matrix[i * rows.size() + entry.item] = entry.weight;
  }
  return matrix;
}

TEST(CountPpmi, AgreesWithTheDefinition) {
  const Histories log = test::random_log(50, kItems, 12, 1);
  PpmiOptions options;
  options.window = 3;
  ThreadPool pool(2);
  const std::vector<float> got = dense(count_ppmi(split_of(log, kItems), options, pool));
  std::vector<double> counts(kItems * kItems), totals(kItems);
  double all = 0;
  for (const auto& history : log) {
    for (std::size_t i = 0; i < history.size(); ++i) {
      for (std::size_t j = 0; j < history.size(); ++j) {
        const double gap = std::abs(double(i) - double(j));
        if (gap < 1 || gap > 3) continue;
        const double weight = 1 / (1 + options.gap_decay * (gap - 1));
        counts[history[i] * kItems + history[j]] += weight;
        totals[history[i]] += weight;
        all += weight;
      }
    }
  }
  for (std::size_t i = 0; i < kItems; ++i) {
    for (std::size_t j = 0; j < kItems; ++j) {
      const double ratio = counts[i * kItems + j] * all / ((totals[i] + 5) * (totals[j] + 5));
      EXPECT_NEAR(got[i * kItems + j], ratio > 1 ? std::log(ratio) : 0, 1e-4);
    }
  }
}

TEST(LargestEigenvectors, AreThoseOfTheDenseMatrixWhateverTheThreads) {
  ThreadPool one(1), three(3);
  const SparseRows matrix = count_ppmi(split_of(test::random_log(300, kItems, 12, 2), kItems), {}, one);
  std::vector<float> vectors = dense(matrix);
  std::vector<float> values = symmetric_eigenvectors(vectors, kItems);
  std::sort(values.begin(), values.end(), [](float a, float b) { return std::abs(a) > std::abs(b); });
  constexpr std::size_t kCount = 4;
  // Random matrices have eigenvalues close to each other: many rounds.
  const SpectrumOptions options{.count = kCount, .rounds = 200};
  const Eigenvectors found = largest_eigenvectors(matrix, options, one);
  EXPECT_EQ(largest_eigenvectors(matrix, options, three).vectors, found.vectors);
  const std::vector<float> whole = dense(matrix);
  for (std::size_t v = 0; v < kCount; ++v) {
    EXPECT_NEAR(found.values[v], values[v], 1e-3 * std::abs(values[0]));
    for (std::size_t i = 0; i < kItems; ++i) {
      double product = 0;
      for (std::size_t k = 0; k < kItems; ++k) product += double(whole[i * kItems + k]) * found.vectors[v * kItems + k];
      EXPECT_NEAR(product, double(found.values[v]) * found.vectors[v * kItems + i], 1e-2 * std::abs(values[0]));
    }
  }
}

TEST(PpmiVectors, AreNoMoreThanThereAreItems) {
  ThreadPool pool(1);
  std::size_t width = 0;
  const std::vector<float> vectors = ppmi_vectors(split_of({{1, 2, 3}, {1, 2}}, 4), {}, width, pool);
  EXPECT_EQ(width, 4u);
  EXPECT_EQ(vectors.size(), 16u);
  for (const float value : vectors) EXPECT_TRUE(std::isfinite(value));
}

TEST(ComparePpmiVectors, FindsItemsOfTheSameSurroundings) {
  // 1 and 2 never meet, and both are seen with 3 and 4; 5 to 8 are another world.
  Histories log;
  for (int i = 0; i < 10; ++i) {
    log.insert(log.end(), {{1, 3, 4}, {2, 3, 4}, {4, 3, 1}, {4, 3, 2}, {5, 7, 8}, {6, 7, 8}, {8, 7, 5}, {8, 7, 6}});
  }
  PpmiOptions options;
  options.smoothing = 0;
  options.factors = 6;
  const SparseRows rows = compare_ppmi_vectors(split_of(log, 9), options);
  const auto weight = [&](ItemId from, ItemId to) {
    for (const ItemWeight& entry : rows[from]) {
      if (entry.item == to) return entry.weight;
    }
    return 0.0f;
  };
  EXPECT_GT(weight(1, 2), 0.5f);
  EXPECT_LT(weight(1, 5), 0.01f);
}

}  // namespace
}  // namespace p5
