#include "corpus/negatives.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "support/fake_corpus.h"

namespace p5 {
namespace {

using test::FakeCorpus;
using test::FakeData;

TEST(Negatives, AreDistinctAndNeverFromTheHistory) {
  // From nearly all items free to none free.
  for (const std::size_t items : {400u, 130u, 101u, 60u, 5u}) {
    FakeData data{.histories = {{0}, {0, 1, 2, 3, 4}, {1, 1, 1}, {}}};
    data.items = items;
    for (ItemId item = 0; item < items - 1; ++item) data.histories[3].push_back(item);
    const FakeCorpus corpus(data);
    const NegativeSamples samples = draw_negatives(corpus, 99, 7);
    for (UserId user = 0; user < corpus.user_count(); ++user) {
      const auto history = corpus.items_of(user);
      const std::set<ItemId> seen(history.begin(), history.end());
      const auto drawn = samples.of(user);
      const std::set<ItemId> distinct(drawn.begin(), drawn.end());
      EXPECT_EQ(distinct.size(), drawn.size());
      EXPECT_EQ(drawn.size(), std::min<std::size_t>(99, items - seen.size())) << items << " " << user;
      for (const ItemId item : drawn) EXPECT_FALSE(item >= items || seen.contains(item)) << item;
    }
  }
}

TEST(Negatives, AreNeverItemsWithoutEvents) {
  FakeData data{.histories = {{0}, {1}, {2, 3}}, .items = 30, .items_without_events = 20};
  for (const std::size_t count : {3u, 9u}) {  // the sparse and the dense way
    const NegativeSamples samples = draw_negatives(FakeCorpus(data), count, 1);
    for (UserId user = 0; user < 3; ++user) {
      for (const ItemId item : samples.of(user)) EXPECT_LT(item, 10u);
    }
  }
}

TEST(Negatives, AreUniform) {
  FakeData data;
  data.histories.assign(4000, {0});
  data.items = 11;
  for (const std::size_t count : {2u, 9u}) {  // the sparse and the dense way
    const NegativeSamples samples = draw_negatives(FakeCorpus(data), count, 1);
    std::vector<double> hits(11);
    for (const ItemId item : samples.items) ++hits[item];
    const double share = static_cast<double>(count) / 10, expected = 4000 * share;
    EXPECT_EQ(hits[0], 0);
    for (ItemId item = 1; item < 11; ++item) {
      EXPECT_NEAR(hits[item], expected, 4.5 * std::sqrt(expected * (1 - share))) << item;
    }
  }
}

TEST(Negatives, Pitfall25DependOnTheSeedAndTheUserAlone) {
  FakeData data{.histories = {{0}, {1}, {2}}};
  data.items = 1000;
  const NegativeSamples samples = draw_negatives(FakeCorpus(data), 99, 1);
  EXPECT_EQ(samples.sha256(), draw_negatives(FakeCorpus(data), 99, 1).sha256());
  EXPECT_NE(samples.sha256(), draw_negatives(FakeCorpus(data), 99, 2).sha256());
  EXPECT_NE(samples.sha256(), draw_negatives(FakeCorpus(data), 98, 1).sha256());
  data.histories.resize(2);
  const NegativeSamples fewer = draw_negatives(FakeCorpus(data), 99, 1);
  EXPECT_TRUE(std::equal(fewer.of(1).begin(), fewer.of(1).end(), samples.of(1).begin()));
  EXPECT_FALSE(std::equal(samples.of(0).begin(), samples.of(0).end(), samples.of(1).begin()));
}

}  // namespace
}  // namespace p5
