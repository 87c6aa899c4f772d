#include "encoders/hashed_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/rng.h"

namespace p5 {
namespace {

std::vector<std::uint64_t> names(std::size_t count) {
  std::vector<std::uint64_t> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(stable_hash("item " + std::to_string(i)));
  return result;
}

TEST(HashedRows, RowsOfAnItemAreDistinct) {
  for (const std::int64_t rows : {1, 2, 3, 12, 1000, 1024}) {
    const std::int64_t hashes = std::min<std::int64_t>(rows, 8);
    const auto found = hashed_rows(names(500), rows, hashes);
    ASSERT_EQ(found.size(), 500u * static_cast<std::size_t>(hashes));
    for (auto at = found.begin(); at != found.end(); at += hashes) {
      EXPECT_EQ(std::set(at, at + hashes).size(), static_cast<std::size_t>(hashes)) << rows;
      EXPECT_GE(*std::min_element(at, at + hashes), 0);
      EXPECT_LT(*std::max_element(at, at + hashes), rows);
    }
  }
}

// 10,000 items in 1,000 rows: pairs of rows are rarely shared, and no row is in much more use than others.
TEST(HashedRows, SpreadEvenly) {
  const auto found = hashed_rows(names(10'000), 1000, 2);
  std::vector<int> uses(1000);
  std::set<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::size_t i = 0; i < found.size(); i += 2) {
    pairs.insert(std::minmax(found[i], found[i + 1]));
    ++uses[static_cast<std::size_t>(found[i])];
    ++uses[static_cast<std::size_t>(found[i + 1])];
  }
  EXPECT_GT(pairs.size(), 9'750u);                         // of 10,000; by chance about 100 of 499,500 pairs come twice
  EXPECT_LT(*std::ranges::max_element(uses), 20 + 8 * 5);  // mean 20, deviation about 4.5
  EXPECT_GT(*std::ranges::min_element(uses), 2);
}

TEST(HashedRows, FollowTheNameAlone) {
  const auto all = names(50);
  const auto whole = hashed_rows(all, 17, 3), alone = hashed_rows(std::span(all).subspan(31, 1), 17, 3);
  EXPECT_TRUE(std::equal(alone.begin(), alone.end(), whole.begin() + 31 * 3));
}

}  // namespace
}  // namespace p5
