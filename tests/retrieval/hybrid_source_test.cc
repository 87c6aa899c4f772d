#include "retrieval/hybrid_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

#include "base/rng.h"
#include "p5/error.h"
#include "retrieval/hybrid_fit.h"
#include "support/fake_corpus.h"
#include "support/table_source.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using Method = HybridOptions::Method;

constexpr std::size_t kUsers = 300, kItems = 40;

// Random histories of three to seven items; and sources that know the validation target of each user a little.
class HybridSourceTest : public testing::Test {
 protected:
  HybridSourceTest() : split_(make_split()) {}

  static Split make_split() {
    Rng rng(5, "hybrid histories");
    std::vector<std::vector<ItemId>> histories(kUsers);
    for (auto& history : histories) {
      const std::size_t length = 5 + rng.below(5);
      while (history.size() < length) history.push_back(static_cast<ItemId>(rng.below(kItems)));
    }
    return split_leave_one_out(
        std::make_shared<test::FakeCorpus>(test::FakeData{.histories = std::move(histories), .items = kItems}));
  }

  ItemId target(UserId user) const { return split_.corpus().items()[*split_.target_of(user, Part::kValid)]; }

  // Noise, and `hint` more for the target.
  test::ScoreTable scores(double hint, std::uint64_t seed) const {
    Rng rng(seed, "hybrid scores");
    test::ScoreTable table(kUsers, std::vector<float>(kItems));
    for (UserId user = 0; user < kUsers; ++user) {
      for (float& score : table[user]) score = static_cast<float>(rng.normal());
      table[user][target(user)] += static_cast<float>(hint);
    }
    return table;
  }

  std::vector<CandidateQuery> queries() const {
    std::vector<CandidateQuery> queries;
    for (UserId user = 0; user < kUsers; ++user) {
      queries.push_back({.user = user, .history = split_.history_for(user, Part::kValid)});
    }
    return queries;
  }

  HybridModel fit(const std::vector<const CandidateSource*>& parts, Method method = Method::kAuto,
                  std::size_t negatives = 0) const {
    std::vector<HybridPart> named;
    for (const CandidateSource* part : parts) named.push_back({part->name(), part});
    return fit_hybrid(named, split_, {.hybrid = {.method = method, .list = 10, .trees = 10}, .negatives = negatives});
  }

  static HybridSource source_of(HybridModel model, const std::vector<const CandidateSource*>& parts) {
    return HybridSource(std::make_shared<const HybridModel>(std::move(model)), parts, kItems);
  }

  // NDCG@10 of the validation targets.
  double gain_of(const CandidateSource& source) const {
    const auto lists = source.retrieve(queries(), 10);
    double gain = 0;
    for (UserId user = 0; user < kUsers; ++user) {
      for (std::size_t i = 0; i < lists[user].size(); ++i) {
        if (lists[user][i].item == target(user)) gain += 1 / std::log2(static_cast<double>(i) + 2);
      }
    }
    return gain / kUsers;
  }

  Split split_;
};

std::vector<ItemId> items_of(const std::vector<Candidate>& list) {
  std::vector<ItemId> items;
  for (const Candidate& candidate : list) items.push_back(candidate.item);
  return items;
}

TEST_F(HybridSourceTest, WithOnePartItIsThatPart) {
  const test::TableSource part("part", scores(2, 1));
  const auto alone = part.retrieve(queries(), 12);
  for (const Method method : {Method::kAuto, Method::kRrf, Method::kProbability, Method::kLog}) {
    const HybridSource hybrid = source_of(fit({&part}, method), {&part});
    const auto lists = hybrid.retrieve(queries(), 12);
    for (UserId user = 0; user < kUsers; ++user) EXPECT_EQ(items_of(lists[user]), items_of(alone[user]));
  }
}

TEST_F(HybridSourceTest, TwoPartsAreBetterThanOne) {
  const test::TableSource a("a", scores(2, 1));
  const test::ListingSource b("b", scores(2, 2));
  const HybridModel model = fit({&a, &b});
  EXPECT_EQ(model.rules[1].kind, ScoreRule::Kind::kList);
  const double gain = gain_of(source_of(model, {&a, &b}));
  EXPECT_GT(gain, gain_of(a) + 0.05);
  EXPECT_GT(gain, gain_of(b) + 0.05);
  EXPECT_NEAR(gain, model.sequential.ndcg, 1e-3);
}

TEST_F(HybridSourceTest, APartThatKnowsNothingLeavesTheBestAlone) {
  const test::TableSource good("good", scores(3, 1)), noise("noise", scores(0, 2));
  for (const Method method : {Method::kAuto, Method::kRrf, Method::kProbability, Method::kLog, Method::kLearned}) {
    const HybridModel model = fit({&noise, &good}, method);
    EXPECT_GE(model.sequential.ndcg + 1e-9, gain_of(good));
  }
}

TEST_F(HybridSourceTest, FiguresAreOfPartsAndWays) {
  const test::TableSource a("a", scores(2, 1)), b("b", scores(2, 2));
  const HybridModel model = fit({&a, &b});
  std::vector<std::string> names;
  for (const HybridFigure& figure : model.sequential.figures) names.push_back(figure.name);
  EXPECT_THAT(names, testing::ElementsAre("a", "b", "log", "probability", "rrf", "by history length", "learned"));
  EXPECT_NEAR(model.sequential.figures[0].ndcg, gain_of(a), 1e-9);
  EXPECT_EQ(std::count_if(model.sequential.figures.begin(), model.sequential.figures.end(),
                          [](const HybridFigure& figure) { return figure.chosen; }),
            1);
}

TEST_F(HybridSourceTest, SharesSumToOne) {
  const test::TableSource a("a", scores(2, 1)), b("b", scores(2, 2));
  for (const Method method : {Method::kRrf, Method::kProbability, Method::kLog, Method::kLearned}) {
    const HybridSource hybrid = source_of(fit({&a, &b}, method), {&a, &b});
    for (const auto& list : hybrid.fuse(queries(), 5)) {
      ASSERT_EQ(list.size(), 5u);
      for (const FusedCandidate& item : list) {
        EXPECT_NEAR(std::accumulate(item.shares.begin(), item.shares.end(), 0.0), 1, 1e-5);
        EXPECT_EQ(item.candidate.source, &hybrid);
      }
      EXPECT_TRUE(std::is_sorted(list.begin(), list.end(),
                                 [](const auto& x, const auto& y) { return x.candidate.score > y.candidate.score; }));
    }
  }
}

TEST_F(HybridSourceTest, CandidatesHaveAFusionOfTheirOwn) {
  const test::TableSource a("a", scores(1, 1)), b("b", scores(3, 2));
  const HybridModel model = fit({&a, &b}, Method::kAuto, 9);
  ASSERT_TRUE(model.direct);
  EXPECT_GT(model.direct->ndcg, model.sequential.ndcg);  // ten candidates are easier than forty
  const std::vector<ItemId> candidates{7, 3, 30};
  const CandidateQuery query{.user = 4, .candidates = candidates};
  const auto list = source_of(model, {&a, &b}).retrieve(std::span(&query, 1), 10).front();
  EXPECT_THAT(items_of(list), testing::UnorderedElementsAre(3, 7, 30));
}

TEST_F(HybridSourceTest, ExcludedItemsDoNotComeBack) {
  const test::TableSource a("a", scores(2, 1));
  const test::ListingSource b("b", scores(2, 2));
  const HybridSource hybrid = source_of(fit({&a, &b}), {&a, &b});
  std::vector<ItemId> exclude(kItems - 5);
  std::iota(exclude.begin(), exclude.end(), 0u);
  const CandidateQuery query{.user = 4, .exclude = exclude};
  const auto list = hybrid.retrieve(std::span(&query, 1), 10).front();
  EXPECT_EQ(list.size(), 5u);
  for (const Candidate& candidate : list) EXPECT_GE(candidate.item, kItems - 5);
}

TEST_F(HybridSourceTest, WhatIsReadBackAnswersAsWhatWasFit) {
  const test::TableSource a("a", scores(2, 1));
  const test::ListingSource b("b", scores(2, 2));
  const test::TemporaryFolder folder;
  const FittedOrigin origin{"hybrid", "data", "options"};
  for (const Method method : {Method::kAuto, Method::kLearned}) {
    const HybridModel model = fit({&a, &b}, method, 9);
    model.state().save(folder / "hybrid.fit", origin);
    const HybridModel read = HybridModel::from_state(*FittedState::load(folder / "hybrid.fit", origin));
    EXPECT_EQ(read.sequential.method, model.sequential.method);
    const auto ours = source_of(model, {&a, &b}).fuse(queries(), 8),
               theirs = source_of(read, {&a, &b}).fuse(queries(), 8);
    for (UserId user = 0; user < kUsers; ++user) {
      for (std::size_t i = 0; i < 8; ++i) {
        EXPECT_EQ(ours[user][i].candidate.item, theirs[user][i].candidate.item);
        EXPECT_EQ(ours[user][i].candidate.score, theirs[user][i].candidate.score);
        EXPECT_EQ(ours[user][i].shares, theirs[user][i].shares);
      }
    }
  }
}

// Test items must not change what is learnt.
TEST_F(HybridSourceTest, LearnsFromTheValidationPartAlone) {
  const test::TableSource a("a", scores(2, 1)), b("b", scores(1, 2));
  std::vector<std::vector<ItemId>> histories;
  for (UserId user = 0; user < kUsers; ++user) {
    const auto own = split_.corpus().items_of(user);
    histories.emplace_back(own.begin(), own.end());
    histories.back().back() = static_cast<ItemId>((own.back() + 1) % kItems);
  }
  const Split other = split_leave_one_out(
      std::make_shared<test::FakeCorpus>(test::FakeData{.histories = std::move(histories), .items = kItems}));
  const std::vector<HybridPart> parts{{"a", &a}, {"b", &b}};
  EXPECT_EQ(fit_hybrid(parts, split_, {.negatives = 0}).state().get<std::uint8_t>("model"),
            fit_hybrid(parts, other, {.negatives = 0}).state().get<std::uint8_t>("model"));
}

TEST_F(HybridSourceTest, NoPartsAreRefused) { EXPECT_THROW(fit({}), Error); }

}  // namespace
}  // namespace p5
