#include "task/negative_sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "task/task_world.h"

namespace p5 {
namespace {

using ::testing::UnorderedElementsAre;

TEST(NegativeSampler, Pitfall24NegativesAreDistinctAndNeverTheUsers) {
  const test::FakeCorpus corpus(test::world_data());
  const NegativeSampler sampler(corpus);
  Rng rng(1, "test");
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    const auto history = corpus.items_of(user);
    const std::set<ItemId> own(history.begin(), history.end());
    for (const std::size_t count : {1u, 10u, 40u, 48u}) {
      const auto drawn = sampler.draw(user, count, rng);
      EXPECT_EQ(std::set<ItemId>(drawn.begin(), drawn.end()).size(), count);
      for (const ItemId item : drawn) EXPECT_FALSE(own.contains(item));
    }
    for (int i = 0; i < 50; ++i) EXPECT_FALSE(own.contains(*sampler.draw(user, rng)));
    for (ItemId item = 0; item < 60; ++item) EXPECT_EQ(sampler.has(user, item), own.contains(item));
  }
}

TEST(NegativeSampler, IsUniformOverUntouchedItemsOneByOneAndInSets) {
  const test::FakeCorpus corpus(test::FakeData{.histories = {{0, 3, 3, 11}}, .items = 12});
  const NegativeSampler sampler(corpus);
  Rng rng(2, "test");
  std::map<ItemId, std::size_t> single, few, many;
  constexpr std::size_t kDraws = 9000;
  for (std::size_t i = 0; i < kDraws; ++i) {
    ++single[*sampler.draw(0, rng)];
    for (const ItemId item : sampler.draw(0, 2, rng)) ++few[item];   // by rejection
    for (const ItemId item : sampler.draw(0, 6, rng)) ++many[item];  // by shuffling
  }
  EXPECT_EQ(single.size(), 9u);
  for (const ItemId item : {1u, 2u, 4u, 5u, 6u, 7u, 8u, 9u, 10u}) {
    EXPECT_TRUE(test::fits_share(single[item], kDraws, 1.0 / 9)) << item;
    EXPECT_TRUE(test::fits_share(few[item], kDraws, 2.0 / 9)) << item;
    EXPECT_TRUE(test::fits_share(many[item], kDraws, 6.0 / 9)) << item;
  }
}

TEST(NegativeSampler, HiddenItemsAreNeverDrawn) {
  const auto corpus =
      std::make_shared<const test::FakeCorpus>(test::FakeData{.histories = {{0, 1, 2}, {5}}, .items = 6});
  const std::vector<ItemId> hidden{2, 3};
  const NegativeSampler sampler(hide_items(split_leave_one_out(corpus), hidden));
  Rng rng(4, "test");
  EXPECT_THAT(sampler.draw(0, 99, rng), UnorderedElementsAre(4, 5));
  EXPECT_THAT(sampler.draw(1, 99, rng), UnorderedElementsAre(0, 1, 4));
}

TEST(NegativeSampler, GivesWhatASmallCatalogueHas) {
  const test::FakeCorpus corpus(test::FakeData{.histories = {{0, 1, 2}, {0, 1, 2, 3, 4}}, .items = 5});
  const NegativeSampler sampler(corpus);
  Rng rng(3, "test");
  EXPECT_THAT(sampler.draw(0, 99, rng), UnorderedElementsAre(3, 4));
  EXPECT_TRUE(sampler.draw(1, 99, rng).empty());
  EXPECT_FALSE(sampler.draw(1, rng));
}

}  // namespace
}  // namespace p5
