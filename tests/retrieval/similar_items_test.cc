// The items similar to one item are what a source answers to the history of that item alone.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "retrieval/bpr_factors.h"
#include "retrieval/factor_source.h"
#include "retrieval/implicit_als.h"
#include "retrieval/item_rows_source.h"
#include "retrieval/markov_source.h"
#include "retrieval/pair_rows.h"
#include "retrieval/ppmi_vectors.h"
#include "retrieval/random_log.h"
#include "retrieval/ridge_source.h"
#include "retrieval/slim_rows.h"
#include "retrieval/user_knn_source.h"

namespace p5 {
namespace {

// Items 1 to 5 and 6 to 10 are never in one history; 0 is held out.
Split two_worlds() {
  Rng rng(1, "similar");
  test::Histories log(80);
  for (std::size_t user = 0; user < log.size(); ++user) {
    const ItemId first = user % 2 == 0 ? 1 : 6;
    for (int i = 0; i < 6; ++i) log[user].push_back(first + static_cast<ItemId>(rng.below(5)));
  }
  return test::split_of(log, 11);
}

std::vector<std::unique_ptr<ScoringSource>> all_sources(const Split& split) {
  std::vector<std::unique_ptr<ScoringSource>> sources;
  const auto add_rows_of = [&](const char* name, SparseRows rows) {
    sources.push_back(std::make_unique<ItemRowsSource>(name, std::move(rows), HistoryWeights{}));
  };
  add_rows_of("cosine", measure_pairs(split, PairMeasure::kCosine, {}));
  add_rows_of("conditional", measure_pairs(split, PairMeasure::kConditional, {}));
  add_rows_of("slim", fit_slim(split, {.l1 = 0.1, .l2 = 1.0}));
  PpmiOptions ppmi;
  ppmi.smoothing = 0;
  add_rows_of("ppmi", compare_ppmi_vectors(split, ppmi));
  sources.push_back(std::make_unique<UserKnnSource>(split, UserKnnOptions{}));
  sources.push_back(std::make_unique<MarkovSource>(split, MarkovOptions{}));
  sources.push_back(std::make_unique<RidgeSource>("ridge", split, RidgeOptions{}));
  sources.push_back(std::make_unique<RidgeSource>("ease", split, EaseOptions{}.ridge()));
  AlsOptions als;
  als.factors = 4;
  sources.push_back(std::make_unique<FactorSource>("als", fit_implicit_als(split, als), als.fold_in(11)));
  const BprOptions bpr{.factors = 4, .epochs = 100};
  sources.push_back(std::make_unique<FactorSource>("bpr", fit_bpr(split, bpr), bpr.fold_in()));
  return sources;
}

TEST(SimilarItems, AreOfTheSameWorldWhateverTheSource) {
  const Split split = two_worlds();
  for (const auto& source : all_sources(split)) {
    for (const ItemId item : {2u, 9u}) {
      const std::vector<ItemId> history{item};
      const CandidateQuery asked{.history = history, .exclude = history};
      const auto list = source->retrieve(std::span(&asked, 1), 4).front();
      ASSERT_EQ(list.size(), 4u) << source->name();
      for (const Candidate& candidate : list) {
        EXPECT_NE(candidate.item, item) << source->name();
        EXPECT_EQ(candidate.item <= 5, item <= 5) << source->name() << ": " << item << " -> " << candidate.item;
        EXPECT_NE(candidate.item, 0u) << source->name();
      }
    }
  }
}

}  // namespace
}  // namespace p5
