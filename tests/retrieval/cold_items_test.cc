#include "retrieval/cold_items.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "retrieval/cold_places_source.h"
#include "retrieval/hybrid_fit.h"
#include "retrieval/hybrid_source.h"
#include "retrieval/item_knn_source.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

constexpr std::size_t kItems = 60, kKinds = 6;

std::size_t kind_of(ItemId item) { return item % kKinds; }

// Users stay with one kind of items, whose titles share a word.
std::shared_ptr<const Split> kinds_of_items(std::span<const ItemId> hidden, bool titles = true) {
  Rng rng(7, "kinds");
  test::FakeData data;
  for (std::size_t user = 0; user < 400; ++user) {
    std::vector<ItemId>& history = data.histories.emplace_back();
    for (int i = 0; i < 6; ++i) {
      history.push_back(static_cast<ItemId>(user % kKinds + kKinds * rng.below(kItems / kKinds)));
    }
  }
  data.items = kItems;
  for (ItemId item = 0; titles && item < kItems; ++item) {
    data.titles.push_back("kind" + std::string(1, static_cast<char>('a' + kind_of(item))) + " no" +
                          std::to_string(item));
  }
  const Split split = split_leave_one_out(std::make_shared<const test::FakeCorpus>(std::move(data)));
  return std::make_shared<const Split>(hide_items(split, hidden));
}

const std::vector<ItemId> kHidden = {3, 10, 17, 24, 31, 38};  // one of each kind

std::unique_ptr<ColdItemsSource> source_of(const Split& split) {
  return std::make_unique<ColdItemsSource>(ColdItemsInputs{.split = split, .threads = 1},
                                           [&split]() -> std::unique_ptr<CandidateSource> {
                                             return std::make_unique<ItemKnnSource>(split, ItemKnnOptions{}, 1);
                                           });
}

TEST(ColdItems, ProposesTheItemThatReadsLikeTheHistoryWithACalibratedProbability) {
  const auto split = kinds_of_items(kHidden);
  const auto source = source_of(*split);
  double expected = 0, share = 0;
  std::size_t asked = 0, cold = 0;
  for (UserId user = 0; user < split->corpus().user_count(); ++user) {
    const auto history = split->history_for(user, Part::kValid);
    if (history.empty()) continue;
    ++asked;
    cold += split->is_hidden(split->corpus().items()[*split->target_of(user, Part::kValid)]) ? 1 : 0;
    const auto list = source->best({.history = history}, 3, share);
    expected += share;
    ASSERT_FALSE(list.empty());
    EXPECT_EQ(kind_of(list[0].item), kind_of(history.back())) << "user " << user;
    EXPECT_TRUE(split->is_hidden(list[0].item));
  }
  EXPECT_GT(cold, 20u);
  EXPECT_NEAR(expected, static_cast<double>(cold), 0.2 * static_cast<double>(cold)) << "of " << asked;
}

TEST(ColdItems, HonorsWhatIsExcludedAndAmongWhatItChooses) {
  const auto split = kinds_of_items(kHidden);
  const auto source = source_of(*split);
  const std::vector<ItemId> history{0, 6, 12}, exclude{24}, candidates{31, 5};
  double all = 0;
  for (const Candidate& candidate : source->best({.history = history, .exclude = exclude}, 60, all)) {
    EXPECT_NE(candidate.item, 24u);
  }
  for (const Candidate& candidate : source->best({.history = history, .candidates = candidates}, 60, all)) {
    EXPECT_EQ(candidate.item, 31u);
  }
}

TEST(ColdItems, IsTheSameAfterItWasSaved) {
  const auto split = kinds_of_items(kHidden);
  const auto source = source_of(*split);
  const ColdItemsSource read(source->state(), kItems, ContentOptions{}.weights, [&] {
    return std::unique_ptr<CandidateSource>(std::make_unique<ItemKnnSource>(*split, ItemKnnOptions{}, 1));
  });
  const std::vector<ItemId> history{1, 7};
  double one = 0, other = 0;
  const auto expected = source->best({.history = history}, 6, one), found = read.best({.history = history}, 6, other);
  EXPECT_EQ(one, other);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].item, expected[i].item);
    EXPECT_EQ(found[i].score, expected[i].score);
  }
}

TEST(ColdItems, ProposesNothingWithoutNewItemsOrWithoutContent) {
  EXPECT_TRUE(source_of(*kinds_of_items({}))->empty());
  const auto bare = kinds_of_items(kHidden, false);
  const auto source = source_of(*bare);
  EXPECT_TRUE(source->empty());
  const ColdItemsSource read(source->state(), kItems, {}, [] { return std::unique_ptr<CandidateSource>(); });
  EXPECT_TRUE(read.empty());
}

// Two items with features (0, 0, 0) and (1, 0, 0): odds exp(b) and exp(b + w).
TEST(ColdLogit, ProbabilitiesAreTheFormula) {
  const std::vector<ColdFeature> features{{.index = 1, .values = {1, 0, 0}}};
  const auto p = cold_probabilities({.weights = {2, 0, 0}, .bias = -3}, features, 2);
  const double total = 1 + std::exp(-3.0) + std::exp(-1.0);
  EXPECT_NEAR(p.logs[0], -1 - std::log(total), 1e-9);
  EXPECT_NEAR(p.other, -3 - std::log(total), 1e-9);
  EXPECT_NEAR(p.all, 1 - 1 / total, 1e-9);
}

TEST(ColdLogit, FindsTheWeightsThatDrewTheAnswers) {
  const ColdLogit truth{.weights = {1.5, 0, 0.5}, .bias = -4};
  constexpr std::size_t kCount = 10;
  Rng rng(3, "logit");
  std::vector<ColdQuestion> questions(20000);
  for (ColdQuestion& question : questions) {
    for (std::uint32_t i = 0; i < kCount; i += 2) {
      question.features.push_back({i,
                                   {static_cast<float>(2 * rng.uniform()), static_cast<float>(rng.uniform()),
                                    static_cast<float>(2 * rng.uniform())}});
    }
    const auto p = cold_probabilities(truth, question.features, kCount);
    double at = rng.uniform();
    for (std::size_t i = 0; i < question.features.size() && question.answer == ColdQuestion::kOther; ++i) {
      at -= std::exp(p.logs[i]);
      if (at < 0) question.answer = question.features[i].index;
    }
    for (std::uint32_t i = 1; i < kCount && question.answer == ColdQuestion::kOther; i += 2) {
      at -= std::exp(p.other);
      if (at < 0) question.answer = i;
    }
  }
  const ColdLogit found = fit_cold_logit(questions, kCount);
  EXPECT_NEAR(found.weights[0], 1.5, 0.15);
  EXPECT_NEAR(found.weights[1], 0, 0.2);
  EXPECT_NEAR(found.weights[2], 0.5, 0.15);
  EXPECT_NEAR(found.bias, -4, 0.3);
}

std::vector<ItemId> items_of(const std::vector<Candidate>& list) {
  std::vector<ItemId> items;
  for (const Candidate& candidate : list) items.push_back(candidate.item);
  return items;
}

TEST(ColdPlaces, AnItemStandsWhereItsProbabilityPutsIt) {
  using testing::ElementsAre;
  const std::vector<Candidate> list{{1, std::log(0.5f)}, {2, std::log(0.2f)}, {3, std::log(0.1f)}};
  const std::vector<Candidate> cold{{8, std::log(0.12f)}, {9, std::log(0.01f)}};
  EXPECT_THAT(items_of(with_cold_items(list, cold, {}, 1, 4)), ElementsAre(1, 2, 8, 3));
  EXPECT_THAT(items_of(with_cold_items(list, cold, {}, 2, 4)), ElementsAre(1, 8, 2, 3)) << "twice its probability";
  EXPECT_THAT(items_of(with_cold_items(list, cold, {}, 20, 3)), ElementsAre(8, 1, 2));
  // Scores of twice the logarithm of half the probability.
  const std::vector<Candidate> scaled{{1, 2 * std::log(0.25f)}, {2, 2 * std::log(0.05f)}};
  EXPECT_THAT(items_of(with_cold_items(scaled, cold, {.factor = 0.5, .log_total = std::log(0.5)}, 1, 3)),
              ElementsAre(1, 8, 2));
}

// A source that lists the hidden items first.
class Lists final : public CandidateSource {
 public:
  std::string name() const override { return "lists"; }
  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const override {
    std::vector<Candidate> list{{3, -0.1f}, {1, -2}, {2, -3}, {4, -12}};
    list.resize(std::min(k, list.size()));
    return std::vector<std::vector<Candidate>>(queries.size(), list);
  }
};

TEST(ColdPlaces, WhatTheSourceSaysOfColdItemsDoesNotCount) {
  const auto split = kinds_of_items(kHidden);
  std::shared_ptr<const ColdItemsSource> cold = source_of(*split);
  const ColdPlacesSource source(std::make_unique<Lists>(), cold, {}, 1.0);
  const std::vector<ItemId> history{0, 6, 12, 18}, candidates{3, 1};
  const std::vector<CandidateQuery> queries{{.history = history}, {.history = history, .candidates = candidates}};
  const auto lists = source.retrieve(queries, 4);
  EXPECT_EQ(items_of(lists[0])[0], 1u);
  EXPECT_EQ(std::ranges::count(items_of(lists[0]), 24u), 1) << "the hidden item of the history's kind";
  EXPECT_EQ(items_of(lists[1])[0], 3u) << "questions with candidates are passed on";
}

TEST(ColdPlaces, AHybridNamesTheItemsThatNoPartProposed) {
  const auto split = kinds_of_items(kHidden);
  std::shared_ptr<const ColdItemsSource> cold = source_of(*split);
  const ItemKnnSource knn(*split, {}, 1);
  HybridModel model = fit_hybrid({{"item-knn", &knn}}, *split, {.negatives = 0});
  EXPECT_TRUE(model.sequential.calibration.known());
  const HybridModel read = HybridModel::from_state(model.state());
  EXPECT_EQ(read.sequential.calibration.factor, model.sequential.calibration.factor);
  const HybridSource hybrid(std::make_shared<const HybridModel>(read), {&knn}, kItems, {}, {cold, 50.0});
  const std::vector<ItemId> history{0, 6, 12, 18};
  const CandidateQuery query{.history = history};
  const auto list = hybrid.fuse(std::span(&query, 1), 10).front();
  ASSERT_EQ(list.size(), 10u);
  std::size_t named = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    EXPECT_EQ(list[i].shares.empty(), cold->is_cold(list[i].candidate.item));
    named += list[i].shares.empty() ? 1 : 0;
    if (i > 0) EXPECT_LE(list[i].candidate.score, list[i - 1].candidate.score);
  }
  EXPECT_GE(named, 1u);
  EXPECT_EQ(list.front().candidate.item, 24u) << "with much weight the hidden item of the kind is first";
}

}  // namespace
}  // namespace p5
