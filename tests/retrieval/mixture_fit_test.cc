#include "retrieval/mixture_fit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/rng.h"

namespace p5 {
namespace {

constexpr std::size_t kItems = 30;

// Parts that give the target a logit of `hints[part]` above noise.
PooledQuestions questions_of(const std::vector<double>& hints, std::size_t count, bool repeats_are_wrong = false) {
  Rng rng(7, "mixture fit");
  PooledQuestions questions;
  for (std::size_t i = 0; i < count; ++i) {
    CandidatePool pool{.part_count = hints.size(), .outside = 5};
    pool.items.resize(kItems);
    std::iota(pool.items.begin(), pool.items.end(), 0u);
    const std::size_t target = rng.below(kItems);
    pool.ages.assign(kItems, 0);
    for (std::size_t item = 0; item < kItems; ++item) {
      if (repeats_are_wrong && item != target && item % 3 == 0) pool.ages[item] = 1;
    }
    pool.ranks.assign(kItems * hints.size(), 0);
    for (const double hint : hints) {
      std::vector<double> logits(kItems);
      double total = 0;
      for (std::size_t item = 0; item < kItems; ++item) {
        logits[item] = rng.normal() + (item == target ? hint : 0.0);
        total += std::exp(logits[item]);
      }
      for (const double logit : logits)
        pool.log_p.push_back(static_cast<float>(std::log(0.9 * std::exp(logit) / total)));
      pool.rest.push_back(static_cast<float>(std::log(0.1 / 5)));
    }
    questions.pools.push_back(std::move(pool));
    questions.targets.push_back(static_cast<std::uint32_t>(target));
  }
  return questions;
}

std::vector<std::uint32_t> all_of(const PooledQuestions& questions) {
  std::vector<std::uint32_t> which(questions.size());
  std::iota(which.begin(), which.end(), 0u);
  return which;
}

double gain_of(const PooledQuestions& questions, const Mixture& mixture) {
  double gain = 0;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    gain += gain_at(rank_of(mix(questions.pools[i], mixture), questions.targets[i]));
  }
  return gain / static_cast<double>(questions.size());
}

TEST(MixtureFit, FindsTheBetterOfTwoParts) {
  const PooledQuestions questions = questions_of({0, 4}, 300);
  for (const FusionMode mode : {FusionMode::kProbability, FusionMode::kLog}) {
    const Mixture mixture = MixtureFit(questions, mode).fit(all_of(questions));
    EXPECT_GT(mixture.weights[1], 0.7);
  }
}

TEST(MixtureFit, JoinsWhatTwoPartsKnow) {
  const PooledQuestions questions = questions_of({2, 2, 0}, 400), others = questions_of({2, 2, 0}, 800);
  const Mixture mixture = MixtureFit(questions, FusionMode::kLog).fit(all_of(questions));
  const double alone = gain_of(others, Mixture::of_part(0, 3, FusionMode::kLog));
  EXPECT_GT(gain_of(others, mixture), alone + 0.05);
}

TEST(MixtureFit, NeverEndsBelowTheBestPart) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const PooledQuestions questions = questions_of({0.5 * static_cast<double>(seed), 1, 0}, 60);
    for (const FusionMode mode : {FusionMode::kProbability, FusionMode::kLog, FusionMode::kRrf}) {
      const double fitted = gain_of(questions, MixtureFit(questions, mode).fit(all_of(questions)));
      for (std::size_t part = 0; part < 3; ++part) {
        EXPECT_GE(fitted + 1e-9, gain_of(questions, Mixture::of_part(part, 3, mode)));
      }
    }
  }
}

TEST(MixtureFit, LearnsThatSeenItemsDoNotComeBack) {
  const PooledQuestions questions = questions_of({1, 1}, 300, true);
  EXPECT_LT(MixtureFit(questions, FusionMode::kProbability).fit(all_of(questions)).seen_bias, -1);
}

TEST(MixtureFit, WeightsSumToOne) {
  const PooledQuestions questions = questions_of({1, 2, 0}, 100);
  const Mixture mixture = MixtureFit(questions, FusionMode::kProbability).fit(all_of(questions));
  EXPECT_NEAR(std::accumulate(mixture.weights.begin(), mixture.weights.end(), 0.0), 1, 1e-9);
}

}  // namespace
}  // namespace p5
