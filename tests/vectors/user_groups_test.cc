#include "vectors/user_groups.h"

#include <gtest/gtest.h>

#include <set>

#include "p5/error.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

// Users of even and odd numbers have items of two kinds; the last one has none in training.
Split two_kinds() {
  test::FakeData data;
  for (ItemId user = 0; user < 20; ++user) {
    data.histories.push_back({user % 2, user % 2 + 2, user % 2 + 4, user % 2, user % 2});
  }
  data.histories.push_back({0, 1});
  data.items = 6;
  return split_leave_one_out(std::make_shared<const test::FakeCorpus>(std::move(data)));
}

TEST(UserGroups, UsersWithLikeItemsShareACluster) {
  const Split split = two_kinds();
  const ItemVectorSet vectors{.width = 2, .values = {1, 0, 0, 1, 1, 0.1f, 0.1f, 1, 1, 0.2f, 0.2f, 1}};
  const auto groups = cluster_users(split, vectors, 3, 1, 1);
  ASSERT_EQ(groups.size(), split.corpus().user_count());
  for (UserId user = 2; user < 20; ++user) EXPECT_EQ(groups[user], groups[user % 2]) << user;
  EXPECT_NE(groups[0], groups[1]);
  EXPECT_THROW(cluster_users(split, vectors, 22, 1, 1), Error);
}

TEST(UserGroups, AHashDependsOnTheKeyAlone) {
  const Split split = two_kinds();
  const auto groups = hash_users(split.corpus(), 8);
  std::set<std::uint32_t> used;
  for (UserId user = 0; user < groups.size(); ++user) {
    EXPECT_LT(groups[user], 8u);
    EXPECT_EQ(groups[user], hashed_group(split.corpus().user_key(user), 8));
    used.insert(groups[user]);
  }
  EXPECT_GT(used.size(), 4u);
}

}  // namespace
}  // namespace p5
