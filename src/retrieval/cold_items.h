// A source of items without training events, with the probability that the next item is each of them: a conditional
// logit (McFadden 1974) over features of content (cold_features.h), in which "another item" is an alternative of its
// own. Its weights are learnt on validation questions, for which items that are known count as unknown, drawn by seed;
// then the odds of all are scaled so that as much probability goes to items without training events as validation
// targets are such items. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "corpus/split.h"
#include "p5/stop_token.h"
#include "retrieval/candidate_source.h"
#include "retrieval/cold_features.h"
#include "retrieval/content_rows.h"
#include "retrieval/fitted_state.h"
#include "retrieval/list_scale.h"

namespace p5 {

struct ColdItemsInputs {
  const Split& split;
  ContentOptions content = {};
  std::size_t threads = 0;  // 0 = all cores
  StopToken stop = {};
};

// log P(item) = weights . features + bias - log(1 + the same summed over all cold items, as exponentials).
struct ColdLogit {
  std::array<double, ColdFeature::kCount> weights = {0.5, 0.25, 0.5};
  double bias = -9.0;  // about 1e-4 per item, where there is nothing to learn from
};

// One question: what is known about `count` cold items, and which was the answer.
struct ColdQuestion {
  static constexpr std::uint32_t kOther = 0xffffffffu;
  std::vector<ColdFeature> features;
  std::uint32_t answer = kOther;  // index of the item; kOther: an item that is not cold
};

// The most likely weights, by Newton's method. `count` cold items compete in each question.
ColdLogit fit_cold_logit(std::span<const ColdQuestion> questions, std::size_t count);
// [features] log-probabilities, and that of all cold items together.
struct ColdProbabilities {
  std::vector<double> logs;
  double all = 0;    // of all cold items
  double other = 0;  // log-probability of a cold item without features
};
ColdProbabilities cold_probabilities(const ColdLogit& logit, std::span<const ColdFeature> features, std::size_t count);

class ColdItemsSource final : public CandidateSource {
 public:
  // Opens a source that scores all items by counts.
  using Neighbors = std::function<std::unique_ptr<CandidateSource>()>;
  // Reads train parts, and validation targets to learn the weights. Without items that have content but no training
  // event no item is cold, and `neighbors` are not opened.
  ColdItemsSource(const ColdItemsInputs& inputs, const Neighbors& neighbors);
  // As it was saved. Throws Corrupted (model).
  ColdItemsSource(const FittedState& state, std::size_t item_count, const HistoryWeights& weights,
                  const Neighbors& neighbors);
  FittedState state() const;

  std::string name() const override { return "cold-items"; }
  // Scores are log-probabilities over all items of the corpus. Items with training events come after all others, in the
  // order of their numbers.
  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const override;

  bool empty() const { return features_.items().empty(); }
  bool is_cold(ItemId item) const;
  const ColdLogit& logit() const { return logit_; }
  // The best `k` for one query, best first, and the probability of all cold items together.
  std::vector<Candidate> best(const CandidateQuery& query, std::size_t k, double& all) const;

 private:
  std::vector<ColdFeature> features_of(std::span<const ItemId> history, const ColdFeatures& features) const;
  void add_unknown(const CandidateQuery& query, std::span<const ColdFeature> features, float score,
                   std::vector<Candidate>& found) const;
  void learn(const ColdItemsInputs& inputs, const std::vector<bool>& counted);

  std::size_t item_count_;
  std::unique_ptr<CandidateSource> neighbors_;
  ColdFeatures features_;
  ColdLogit logit_;
};

// The list (best first, without cold items) with the best cold items where `weight` times their probability puts them,
// at most `k` items in all. Scores stay those of the list's scale.
std::vector<Candidate> with_cold_items(std::vector<Candidate> list, std::span<const Candidate> cold,
                                       const ListScale& scale, double weight, std::size_t k);

}  // namespace p5
