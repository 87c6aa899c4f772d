#include "retrieval/exploring_reranker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "retrieval/rerank_world.h"
#include "retrieval/reranked_source.h"

namespace p5 {
namespace {

using Method = RerankOptions::Method;

ExploringReranker exploring(Method method, double strength, std::size_t fixed, std::uint64_t seed) {
  return ExploringReranker(make_exploration_policy({.method = method, .strength = strength}), fixed, seed);
}

ExploringReranker shuffle(double strength, std::size_t fixed, std::uint64_t seed) {
  return exploring(Method::kShuffle, strength, fixed, seed);
}

constexpr Method kAll[] = {Method::kShuffle, Method::kEpsilon, Method::kSoftmax, Method::kSquareCb};

TEST(ExploringReranker, KeepsTheHeadAndDrawsTheTailBySeedAndUser) {
  const ExploringReranker reranker = shuffle(0.5, 3, 7);
  const auto pool = test::rerank_pool();
  const std::vector<ItemId> history{1, 2};
  const auto list = reranker.rerank({.user = 4, .history = history}, pool, 6);
  ASSERT_EQ(list.size(), 6u);
  for (ItemId place = 0; place < 3; ++place) {
    EXPECT_EQ(list[place].candidate.item, place);
    EXPECT_EQ(list[place].propensity, 1.0);
  }
  EXPECT_EQ(test::items_of(reranker.rerank({.user = 4, .history = history}, pool, 6)), test::items_of(list));
  bool user_matters = false, seed_matters = false;
  for (UserId user = 5; user < 25; ++user) {
    const auto other = reranker.rerank({.user = user, .history = history}, pool, 6);
    user_matters = user_matters || test::items_of(other) != test::items_of(list);
    const auto reseeded = shuffle(0.5, 3, user).rerank({.user = 4, .history = history}, pool, 6);
    seed_matters = seed_matters || test::items_of(reseeded) != test::items_of(list);
  }
  EXPECT_TRUE(user_matters);
  EXPECT_TRUE(seed_matters);
  EXPECT_EQ(test::items_of(shuffle(0, 0, 7).rerank({}, pool, 8)), (std::vector<ItemId>{0, 1, 2, 3, 4, 5, 6, 7}));
}

// Over many users, each item comes as often to the first place as its softmax says, and the propensity says the same.
TEST(ExploringReranker, DrawsBySoftmaxAndLogsTheProbability) {
  constexpr double kStrength = 0.4;
  constexpr UserId kUsers = 6000;
  const auto pool = test::rerank_pool();
  const auto relevance = relevance_of(pool);
  double total = 0;
  for (const double each : relevance) total += std::exp(each / kStrength);
  std::map<ItemId, double> first;
  double inverse = 0;  // the mean of 1 / (propensity of a pair): as many as there are ordered pairs
  for (UserId user = 0; user < kUsers; ++user) {
    const auto list = shuffle(kStrength, 0, 3).rerank({.user = user}, pool, 2);
    first[list[0].candidate.item] += 1.0 / kUsers;
    const ItemId a = list[0].candidate.item, b = list[1].candidate.item;
    EXPECT_NEAR(list[0].propensity, std::exp(relevance[a] / kStrength) / total, 1e-12);
    EXPECT_NEAR(list[1].propensity, std::exp(relevance[b] / kStrength) / (total - std::exp(relevance[a] / kStrength)),
                1e-12);
    inverse += 1 / (list[0].propensity * list[1].propensity) / kUsers;
  }
  for (ItemId item = 0; item < 8; ++item) {
    const double expected = std::exp(relevance[item] / kStrength) / total;
    EXPECT_NEAR(first[item], expected, 4 * std::sqrt(expected * (1 - expected) / kUsers)) << item;
  }
  EXPECT_NEAR(inverse, 8 * 7, 5);  // what importance weights rely on
}

TEST(ExploringReranker, ATinyStrengthKeepsTheOrder) {
  EXPECT_EQ(test::items_of(shuffle(1e-6, 0, 7).rerank({}, test::rerank_pool(), 8)),
            (std::vector<ItemId>{0, 1, 2, 3, 4, 5, 6, 7}));
}

// Whatever the policy: what rerank() says of its own list is what propensities() says of it, and the probabilities of
// all lists of two sum to 1.
TEST(ExploringReranker, KnowsTheProbabilityOfAnyList) {
  const auto pool = test::rerank_pool();
  for (const Method method : kAll) {
    const auto reranker = exploring(method, 0.4, 1, 11);
    for (UserId user = 0; user < 20; ++user) {
      const auto list = reranker.rerank({.user = user}, pool, 5);
      const auto own = reranker.propensities({.user = user + 100}, pool, test::items_of(list));
      for (std::size_t place = 0; place < list.size(); ++place) {
        EXPECT_NEAR(own[place], list[place].propensity, 1e-12);
        EXPECT_GT(own[place], 0);
      }
    }
    double sum = 0;
    for (ItemId a = 0; a < 8; ++a) {
      for (ItemId b = 0; b < 8; ++b) {
        const auto p = exploring(method, 0.4, 0, 11).propensities({}, pool, std::vector<ItemId>{a, b});
        sum += p[0] * p[1];
      }
    }
    EXPECT_NEAR(sum, 1, 1e-9);
    EXPECT_EQ(reranker.propensities({}, pool, std::vector<ItemId>{3, 77})[0], 0) << "the first place is fixed";
    EXPECT_EQ(reranker.propensities({}, pool, std::vector<ItemId>{0, 77})[1], 0) << "an item that is not in the pool";
  }
}

TEST(ExploringReranker, EachPolicyFollowsItsFormula) {
  const auto pool = test::rerank_pool();
  const auto relevance = relevance_of(pool);
  const std::vector<ItemId> first{0}, third{2};
  const auto p = [&](Method method, double strength, const std::vector<ItemId>& list) {
    return exploring(method, strength, 0, 1).propensities({}, pool, list)[0];
  };
  EXPECT_NEAR(p(Method::kEpsilon, 0.2, first), 0.8 + 0.2 / 8, 1e-12);
  EXPECT_NEAR(p(Method::kEpsilon, 0.2, third), 0.2 / 8, 1e-12);
  // gamma = 8 (1/0.2 - 1) = 32, so that the third has 1 / (8 + 32 gap).
  EXPECT_NEAR(p(Method::kSquareCb, 0.2, third), 1 / (8 + 32 * (1 - relevance[2])), 1e-12);
  EXPECT_NEAR(p(Method::kSquareCb, 1, first), 1.0 / 8, 1e-12);
  double total = 0;
  for (const Candidate& each : pool) total += std::exp((each.score - pool[0].score) / 0.5);
  EXPECT_NEAR(p(Method::kSoftmax, 0.5, first), 1 / total, 1e-9);
}

TEST(ExploringReranker, TheNameOfADrawDecidesIt) {
  const auto pool = test::rerank_pool();
  const auto reranker = shuffle(0.5, 0, 7);
  const auto named = [&](std::string_view draw, UserId user) {
    return test::items_of(reranker.rerank({.user = user, .draw = draw}, pool, 6));
  };
  EXPECT_EQ(named("request-1", 1), named("request-1", 2));
  bool differs = false;
  for (const char* other : {"request-2", "request-3", "request-4"}) differs |= named(other, 1) != named("request-1", 1);
  EXPECT_TRUE(differs);
}

TEST(Reranker, OrdersThatDrawNothingAreCertain) {
  const Split split = test::rerank_split();
  const auto pool = test::rerank_pool();
  const auto reranker = make_reranker({.method = Method::kMmr, .strength = 0}, split);
  EXPECT_EQ(reranker->propensities({}, pool, std::vector<ItemId>{0, 2, 2}), (std::vector<double>{1, 0, 1}));
}

// A source of fixed lists, which notes how many items it was asked for.
class ListSource final : public CandidateSource {
 public:
  std::string name() const override { return "list"; }
  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const override {
    asked = k;
    auto pool = test::rerank_pool();
    pool.resize(std::min(k, pool.size()));
    return {queries.size(), pool};
  }
  mutable std::size_t asked = 0;
};

TEST(RerankedSource, ChoosesAShortListFromAPool) {
  const Split split = test::rerank_split();
  const auto reranker = make_reranker({.method = RerankOptions::Method::kMmr, .strength = 0.8}, split);
  const ListSource lists;
  const RerankedSource source("list, reranked", lists, *reranker, 6);
  const std::vector<CandidateQuery> queries(2);
  const auto found = source.retrieve(queries, 2);
  EXPECT_EQ(lists.asked, 6u);
  ASSERT_EQ(found.size(), 2u);
  ASSERT_EQ(found[1].size(), 2u);
  EXPECT_EQ(found[1][0].item, 0u);
  EXPECT_EQ(found[1][1].item, 4u);
  EXPECT_EQ(found[1][1].score, test::rerank_pool()[4].score);
  source.retrieve(queries, 7);
  EXPECT_EQ(lists.asked, 7u);
  EXPECT_EQ(source.name(), "list, reranked");
}

}  // namespace
}  // namespace p5
