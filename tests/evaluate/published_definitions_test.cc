// Our figures against the definitions that RecBole (recbole/evaluator/metrics.py) and RecTools (rectools/metrics/*.py)
// publish, on small cases whose values follow from their formulas by hand; where these libraries print an example with
// its values, it is among them. docs/protocol.md says where ours differ by choice.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "evaluate/list_metrics.h"
#include "evaluate/ranking_metrics.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

using Lists = std::vector<std::vector<ItemId>>;

// Users with fewer than three events have no held-out ones: these histories are all training.
Split training_of(test::FakeData data) {
  return split_leave_one_out(std::make_shared<test::FakeCorpus>(std::move(data)));
}

std::vector<std::uint32_t> times_of(const Lists& lists, std::size_t items) {
  std::vector<std::uint32_t> times(items);
  for (const auto& list : lists) {
    for (const ItemId item : list) ++times[item];
  }
  return times;
}

// One target a user, at ranks 1, 3, 12 and nowhere, k = 10.
const std::vector<std::size_t> kRanks{1, 3, 12, kMiss};

double mean_over_ranks(double (*of_rank)(std::size_t rank, std::size_t k)) {
  double sum = 0;
  for (const std::size_t rank : kRanks) sum += of_rank(rank, 10);
  return sum / static_cast<double>(kRanks.size());
}

// RecBole Hit: 1 where the list holds any target. Recall: |list and targets| / |targets|. RecTools HitRate and Recall:
// the same. With one target all are one figure: (1 + 1 + 0 + 0) / 4.
TEST(PublishedDefinitions, HitRateAndRecall) {
  EXPECT_DOUBLE_EQ(mean_over_ranks(hit_rate_at_k), 0.5);
  RankingMetrics metrics({.cutoffs = {10}, .more = {"recall"}});
  for (const std::size_t rank : kRanks) metrics.add(rank);
  const TaskResult result{.scores = metrics.scores()};
  EXPECT_EQ(result.value("recall@10"), result.value("hr@10"));
}

// RecBole Precision@K and RecTools Precision: hits in the list / K, also where the list is shorter. With one target
// that is the hit rate / K. (1/10 + 1/10) / 4.
TEST(PublishedDefinitions, Precision) {
  EXPECT_DOUBLE_EQ(mean_over_ranks(precision_at_k), 0.05);
  EXPECT_DOUBLE_EQ(precision_at_k(2, 3), 1.0 / 3);
  EXPECT_EQ(precision_at_k(4, 3), 0);
}

// RecBole NDCG: DCG / IDCG with sums of 1 / log2(i + 1) over hits and over min(|targets|, k) places: with one target
// IDCG = 1. (1 / log2(2) + 1 / log2(4)) / 4 = (1 + 1/2) / 4. RecTools with divide_by_achievable=True: the same.
TEST(PublishedDefinitions, Ndcg) {
  EXPECT_DOUBLE_EQ(mean_over_ranks(ndcg_at_k), 0.375);
  // RecTools' default divides by the gain of k relevant places instead, which one target cannot reach: its documented
  // example gives user 2, whose target is first, .46927873 at k = 3. Ours is 1 there; the factor is the same for all.
  const double all_relevant = 1 + 1 / std::log2(3.0) + 1 / std::log2(4.0);
  EXPECT_NEAR(ndcg_at_k(1, 3) / all_relevant, 0.46927873, 1e-8);
}

// RecBole MRR@K: the reciprocal rank of the first hit within K. (1 + 1/3) / 4. RecTools MRR: the same. The "mrr" of
// reports has no cut-off, unlike both: (1 + 1/3 + 1/12) / 4.
TEST(PublishedDefinitions, Mrr) {
  EXPECT_DOUBLE_EQ(mean_over_ranks(mrr_at_k), 1.0 / 3);
  RankingMetrics metrics;
  for (const std::size_t rank : kRanks) metrics.add(rank);
  EXPECT_DOUBLE_EQ(metrics.scores().back().value, (1 + 1.0 / 3 + 1.0 / 12) / 4);
}

// RecBole MAP@K: sum over hits of the precision at the hit, divided by min(|targets|, K); RecTools MAP with
// divide_by_k=False: by |targets|. With one target at rank r both are the precision there, 1 / r: MAP is MRR@K.
// "map@k" and "mrr@k" of evaluate.metrics are thus one figure under both names.
TEST(PublishedDefinitions, MapIsMrrForOneTarget) {
  double sum = 0;
  for (const std::size_t rank : kRanks) {
    double precisions = 0;
    for (std::size_t j = 1; j <= 10; ++j) {
      const bool relevant = j == rank;
      const double precision = rank != kMiss && rank <= j ? 1.0 / static_cast<double>(j) : 0;
      precisions += relevant ? precision : 0;
    }
    sum += precisions;  // one target: divided by 1
  }
  EXPECT_DOUBLE_EQ(sum / 4, mean_over_ranks(mrr_at_k));
  RankingMetrics metrics({.cutoffs = {10}, .more = {"map", "mrr"}});
  for (const std::size_t rank : kRanks) metrics.add(rank);
  const TaskResult result{.scores = metrics.scores()};
  EXPECT_DOUBLE_EQ(result.value("map@10"), sum / 4);
  EXPECT_DOUBLE_EQ(result.value("mrr@10"), sum / 4);
}

const Lists kLists{{0, 1}, {0, 2}, {0, 1}};  // of a catalogue of four: 0 thrice, 1 twice, 2 once, 3 never

// RecBole ItemCoverage: distinct items of all lists / items of the catalogue; RecTools CatalogCoverage (normalized):
// the same. RecBole counts its padding as an item of the catalogue, we do not. 3 / 4.
TEST(PublishedDefinitions, Coverage) { EXPECT_DOUBLE_EQ(coverage(times_of(kLists, 4)), 0.75); }

// RecBole GiniIndex: sum of (2i - |I| - 1) P(i) / (|I| sum of P(i)), P ascending over the whole catalogue.
// P = 0, 1, 2, 3: (-3*0 - 1*1 + 1*2 + 3*3) / (4 * 6) = 10 / 24.
TEST(PublishedDefinitions, Gini) {
  EXPECT_DOUBLE_EQ(gini(times_of(kLists, 4)), 10.0 / 24);
  EXPECT_DOUBLE_EQ(gini(times_of({{0}, {1}, {2}, {3}}, 4)), 0);
  EXPECT_DOUBLE_EQ(gini(times_of({{0}, {0}}, 4)), 0.75);  // one item has all: 1 - 1 / |I|
}

// RecBole AveragePopularity and RecTools AvgRecPopularity: the mean over users of the mean training count of the items
// of the list. Counts 3, 2, 1, 0: lists {0, 1}, {0, 2}, {0, 1} give 2.5, 2, 2.5.
TEST(PublishedDefinitions, AveragePopularity) {
  const TrainFacts facts(training_of({.histories = {{0, 1}, {0, 1}, {0, 2}}, .items = 4}));
  double sum = 0;
  for (const auto& list : kLists) sum += mean_popularity(list, facts);
  EXPECT_DOUBLE_EQ(sum / 3, 7.0 / 3);
}

// RecTools MeanInvUserFreq: -sum of log2(users(i) / n_users) / k; an item nobody took counts as taken by one. Its
// documented example (items 1, 2, 3 are 0, 1, 2 here): users took {1, 2}, {1}, {1}; lists {3}, {2, 3}, {1, 2}.
TEST(PublishedDefinitions, MeanInverseUserFrequency) {
  const TrainFacts facts(training_of({.histories = {{0, 1}, {0}, {0}}, .items = 3}));
  const Lists lists{{2}, {1, 2}, {0, 1}};
  EXPECT_NEAR(novelty(lists[0], facts), 1.5849625, 1e-7);
  EXPECT_NEAR(novelty(lists[1], facts), 1.5849625, 1e-7);
  EXPECT_NEAR(novelty(lists[2], facts), 0.79248125, 1e-8);
}

// RecTools Serendipity: sum of max(p(i) - pu(i), 0) rel(i) / k, p(i) = (n + 1 - i) / n, pu(i) = (n + 1 - popularity
// rank) / n, equal counts sharing a rank, and pu = 0 for items without an event. Its documented example (i1 to i4 are 0
// to 3): previous events {1, 2}, {1, 2}, {1}; lists u1 {1, 2}, u2 {2, 3}, u3 {3}, u4 {2, 3}; relevant u1 {1, 2},
// u2 {2, 3}, u3 {2}, u4 {2}; values 0, .5, 0, .125 at k = 2. We ask for one target; several are the sum over them.
TEST(PublishedDefinitions, Serendipity) {
  const TrainFacts facts(training_of({.histories = {{0, 1}, {0, 1}, {0}}, .items = 4}));
  const auto over = [&](const std::vector<ItemId>& list, const std::vector<ItemId>& relevant) {
    double sum = 0;
    for (const ItemId target : relevant) sum += serendipity(list, target, facts);
    return sum;
  };
  EXPECT_NEAR(over({0, 1}, {0, 1}), 0, 1e-12);
  EXPECT_NEAR(over({1, 2}, {1, 2}), 0.5, 1e-12);
  EXPECT_NEAR(over({2}, {1}), 0, 1e-12);
  EXPECT_NEAR(over({1, 2}, {1}), 0.125, 1e-12);
  EXPECT_NEAR(over({1}, {1}), 0.25, 1e-12);  // at k = 1
}

// RecTools IntraListDiversity: the mean distance of the pairs of the list. The distance is the caller's: in its example
// the number of differing features (Hamming), in ours 1 - shared / all features of both (Jaccard), between 0 and 1.
// Features of items 1 to 4 as in the example: {}, {f2}, {f1, f2}, {}, and a fifth with f1, since ours ignores features
// of one item; ours by hand: d(1,2) = d(1,3) = 1, d(2,3) = 1/2.
TEST(PublishedDefinitions, IntraListDiversity) {
  const Split split =
      training_of({.histories = {{0}}, .items = 5, .categories = {{}, {"f2"}, {"f1", "f2"}, {}, {"f1"}}});
  const ItemSimilarity similarity(split, ItemSimilarity::Basis::kFeatures);
  const std::vector<ItemId> list{0, 1, 2};
  EXPECT_DOUBLE_EQ(intra_list_diversity(list, similarity), (1 + 1 + 0.5) / 3);
  EXPECT_DOUBLE_EQ(intra_list_diversity(std::span(list).first(1), similarity), 0);  // as theirs
}

}  // namespace
}  // namespace p5
