#include "retrieval/sparse_rows.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/rng.h"
#include "p5/error.h"

namespace p5 {
namespace {

using Dense = std::vector<std::vector<double>>;

SparseRows random_rows(std::size_t rows, std::size_t columns, Dense& dense, std::uint64_t seed) {
  Rng rng(seed, "sparse");
  dense.assign(rows, std::vector<double>(columns));
  SparseRows sparse;
  for (auto& values : dense) {
    std::vector<ItemWeight> row;
    for (ItemId column = 0; column < columns; ++column) {
      if (rng.below(3) != 0) continue;
      values[column] = rng.normal();
      row.push_back({column, static_cast<float>(values[column])});
    }
    sparse.push_back(row);
  }
  return sparse;
}

void expect_rows(const SparseRows& rows, const Dense& dense) {
  ASSERT_EQ(rows.size(), dense.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::vector<double> values(dense[i].size());
    for (const ItemWeight& entry : rows[i]) values[entry.item] += entry.weight;
    for (std::size_t j = 0; j < values.size(); ++j) EXPECT_NEAR(values[j], dense[i][j], 1e-5) << i << ", " << j;
  }
}

TEST(SparseRows, MultiplyAndTransposeAsDenseOnesDoWhateverTheThreads) {
  Dense a, b;
  const SparseRows left = random_rows(150, 20, a, 1), right = random_rows(20, 30, b, 2);
  Dense product(150, std::vector<double>(30)), turned(20, std::vector<double>(150));
  for (std::size_t i = 0; i < 150; ++i) {
    for (std::size_t k = 0; k < 20; ++k) {
      turned[k][i] = a[i][k];
      for (std::size_t j = 0; j < 30; ++j) product[i][j] += a[i][k] * b[k][j];
    }
  }
  expect_rows(transpose(left, 20), turned);
  ThreadPool one(1), three(3);
  const SparseRows first = multiply(left, right, 30, one), second = multiply(left, right, 30, three);
  expect_rows(first, product);
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_TRUE(std::equal(first[i].begin(), first[i].end(), second[i].begin(), second[i].end())) << i;
  }
}

TEST(RowSums, AddUpAndStartAgain) {
  RowSums sums(4);
  sums.add(3, 1.0f);
  sums.add(1, 2.0f);
  sums.add(3, 0.5f);
  sums.add(2, 1.0f);
  sums.add(2, -1.0f);  // nothing is left
  EXPECT_EQ(sums.take(), (std::vector<ItemWeight>{{1, 2.0f}, {3, 1.5f}}));
  EXPECT_TRUE(sums.take().empty());
}

TEST(KeepStrongest, LooksAtAbsoluteValuesAndThenAtIds) {
  std::vector<ItemWeight> row{{0, 1.0f}, {1, -3.0f}, {2, 2.0f}, {3, 2.0f}};
  keep_strongest(row, 0);
  EXPECT_EQ(row.size(), 4u);
  keep_strongest(row, 2);
  EXPECT_EQ(row, (std::vector<ItemWeight>{{1, -3.0f}, {2, 2.0f}}));
}

TEST(SparseRows, ComeBackFromAStateAndRefuseOthers) {
  Dense dense;
  const SparseRows rows = random_rows(5, 7, dense, 3);
  FittedState state;
  rows.put(state);
  expect_rows(SparseRows(state, 5, 7), dense);
  EXPECT_THROW(SparseRows(state, 4, 7), Error);
  EXPECT_THROW(SparseRows(state, 5, 2), Error);  // items beyond the catalogue
  FittedState crooked;
  crooked.put("begins", std::vector<std::uint64_t>{0, 2, 1});
  crooked.put("items", std::vector<ItemId>{0});
  crooked.put("weights", std::vector<float>{1});
  EXPECT_THROW(SparseRows(crooked, 2, 7), Error);
}

}  // namespace
}  // namespace p5
