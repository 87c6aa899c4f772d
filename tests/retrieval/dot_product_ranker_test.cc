#include "retrieval/dot_product_ranker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>

#include "base/rng.h"
#include "p5/error.h"

namespace p5 {
namespace {

using Lists = std::vector<std::vector<ItemId>>;

// Small whole numbers: every way to sum them gives the same score, and many items tie.
std::vector<float> whole_numbers(std::size_t count, const char* stream) {
  Rng rng(7, stream);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(rng.below(7)) - 3.0f;
  return values;
}

Lists some_seen(std::size_t users, std::size_t items) {
  Rng rng(7, "seen");
  Lists seen(users);
  for (auto& list : seen) {
    std::set<ItemId> drawn;
    for (std::uint64_t count = rng.below(items); count > 0; --count)
      drawn.insert(static_cast<ItemId>(rng.below(items)));
    list.assign(drawn.begin(), drawn.end());
  }
  return seen;
}

struct Shape {
  std::size_t users, items, width, k;
};

// All scores by the plain double loop, sorted.
std::vector<Candidate> plain(const float* user, const std::vector<float>& items, const Shape& shape,
                             const std::vector<ItemId>& without) {
  std::vector<Candidate> all;
  for (std::size_t item = 0; item < shape.items; ++item) {
    if (std::binary_search(without.begin(), without.end(), item)) continue;
    float score = 0;
    for (std::size_t i = 0; i < shape.width; ++i) score += user[i] * items[item * shape.width + i];
    all.push_back({static_cast<ItemId>(item), score});
  }
  std::stable_sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  all.resize(std::min(all.size(), shape.k));
  return all;
}

void expect_equal(const std::vector<Candidate>& got, const std::vector<Candidate>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].item, expected[i].item) << "rank " << i;
    EXPECT_EQ(got[i].score, expected[i].score) << "rank " << i;
  }
}

class DotProductRankerTest : public testing::TestWithParam<std::size_t> {
 protected:
  const DotProductKernel& kernel() const { return dot_product_kernels()[GetParam()]; }
};

TEST_P(DotProductRankerTest, AgreesWithTheDoubleLoop) {
  ThreadPool pool(2);
  // Edges of tiles, panels, groups of users and blocks of items; k above the number of items; widths of all kinds.
  for (const Shape& shape : {Shape{1, 1, 1, 1}, Shape{13, 33, 5, 10}, Shape{7, 40, 64, 100}, Shape{200, 300, 17, 10},
                             Shape{401, 97, 3, 20}, Shape{12, 2100, 70, 3}, Shape{3, 65, 31, 65}}) {
    SCOPED_TRACE(testing::Message() << shape.users << " users, " << shape.items << " items, width " << shape.width
                                    << ", k " << shape.k);
    const auto users = whole_numbers(shape.users * shape.width, "users");
    const auto items = whole_numbers(shape.items * shape.width, "items");
    const Lists seen = some_seen(shape.users, shape.items);
    const std::vector<std::span<const ItemId>> spans(seen.begin(), seen.end());
    const DotProductRanking ranking = DotProductRanker(items, shape.width, kernel()).rank(users, spans, shape.k, pool);
    ASSERT_EQ(ranking.seen_kept.size(), shape.users);
    ASSERT_EQ(ranking.seen_dropped.size(), shape.users);
    for (std::size_t user = 0; user < shape.users; ++user) {
      SCOPED_TRACE(testing::Message() << "user " << user);
      const float* vector = users.data() + user * shape.width;
      expect_equal(ranking.seen_kept[user], plain(vector, items, shape, {}));
      expect_equal(ranking.seen_dropped[user], plain(vector, items, shape, seen[user]));
      if (HasFailure()) return;
    }
  }
}

TEST_P(DotProductRankerTest, NobodyHasSeenAnything) {
  ThreadPool pool(1);
  const Shape shape{30, 50, 8, 5};
  const auto users = whole_numbers(shape.users * shape.width, "users");
  const auto items = whole_numbers(shape.items * shape.width, "items");
  const DotProductRanking ranking = DotProductRanker(items, shape.width, kernel()).rank(users, {}, shape.k, pool);
  for (std::size_t user = 0; user < shape.users; ++user) {
    expect_equal(ranking.seen_kept[user], plain(users.data() + user * shape.width, items, shape, {}));
    expect_equal(ranking.seen_dropped[user], ranking.seen_kept[user]);
  }
}

TEST_P(DotProductRankerTest, EverythingSeenLeavesNothingToDrop) {
  ThreadPool pool(1);
  const std::vector<float> items{1, 2, 3}, users{1};
  const std::vector<ItemId> all{0, 1, 2, 9};  // 9 is beyond the catalogue
  const std::vector<std::span<const ItemId>> seen{all};
  const DotProductRanking ranking = DotProductRanker(items, 1, kernel()).rank(users, seen, 2, pool);
  expect_equal(ranking.seen_kept[0], {{2, 3.0f}, {1, 2.0f}});
  EXPECT_THAT(ranking.seen_dropped[0], testing::IsEmpty());
}

TEST_P(DotProductRankerTest, WhatIsNoNumberIsNoCandidate) {
  ThreadPool pool(1);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> items{std::numeric_limits<float>::quiet_NaN(), -kInfinity, 1, kInfinity}, users{1};
  const DotProductRanking ranking = DotProductRanker(items, 1, kernel()).rank(users, {}, 4, pool);
  expect_equal(ranking.seen_kept[0], {{3, kInfinity}, {2, 1.0f}});
}

TEST_P(DotProductRankerTest, EmptyIsEmpty) {
  ThreadPool pool(1);
  const std::vector<float> one{1};
  EXPECT_THAT(DotProductRanker(one, 1, kernel()).rank({}, {}, 3, pool).seen_kept, testing::IsEmpty());
  EXPECT_THAT(DotProductRanker({}, 1, kernel()).rank(one, {}, 3, pool).seen_dropped,
              testing::ElementsAre(testing::IsEmpty()));
  EXPECT_THAT(DotProductRanker(one, 1, kernel()).rank(one, {}, 0, pool).seen_kept,
              testing::ElementsAre(testing::IsEmpty()));
}

INSTANTIATE_TEST_SUITE_P(Kernels, DotProductRankerTest, testing::Range<std::size_t>(0, dot_product_kernels().size()));

TEST(DotProductRanker, RefusesShapesThatDoNotFit) {
  ThreadPool pool(1);
  const std::vector<float> five(5), four(4);
  EXPECT_THROW(DotProductRanker(five, 2), Error);
  EXPECT_THROW(DotProductRanker(five, 0), Error);
  const DotProductRanker ranker(four, 2);
  EXPECT_THROW(ranker.rank(five, {}, 1, pool), Error);
  const std::vector<std::span<const ItemId>> seen(3);
  EXPECT_THROW(ranker.rank(four, seen, 1, pool), Error);
}

TEST(DotProductKernels, EndInTheOneThatRunsEverywhere) {
  EXPECT_STREQ(dot_product_kernels().back().name, "generic");
  for (const DotProductKernel& kernel : dot_product_kernels()) EXPECT_LE(kernel.items, 32u);
}

}  // namespace
}  // namespace p5
