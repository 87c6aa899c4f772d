// A Markov chain over items: which item follows which, smoothed by popularity,
//
//   P(b | a) = (n(a, b) + mass P(b)) / (n(a) + mass),
//
// with Dirichlet smoothing (MacKay and Peto, 1995), so that items after which nothing is known leave the choice to
// popularity. Histories longer than one item mix the chains of their last items, weighted by age (Raftery's mixture
// transition distribution, 1985); markov.history = 1 is the plain first order. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "base/option_table.h"
#include "corpus/split.h"
#include "retrieval/fitted_state.h"
#include "retrieval/history_weights.h"
#include "retrieval/scoring_source.h"
#include "retrieval/sparse_rows.h"

namespace p5 {

struct MarkovOptions {
  double mass = 5.0;  // events that popularity counts as
  HistoryWeights weights = {.history = 10, .recency = 0.5};

  void bind(OptionTable& table);  // rows markov.*
};

class MarkovSource final : public ScoringSource {
 public:
  // Throws InvalidArgument for a split without histories.
  MarkovSource(const Split& split, const MarkovOptions& options);
  // As it was saved. Throws Corrupted (model) for a state of other items.
  MarkovSource(const FittedState& state, const MarkovOptions& options, std::size_t item_count);

  FittedState state() const;

  std::string name() const override { return "markov"; }

 protected:
  // Probabilities of a step after the history, times the sum of the weights of age. Of no history: popularity.
  void score(const CandidateQuery& query, std::span<float> scores) const override;

 private:
  MarkovOptions options_;
  std::vector<float> popularity_;  // P(b) [item_count]
  std::vector<float> left_;        // mass / (n(a) + mass) [item_count]
  SparseRows steps_;               // n(a, b) / (n(a) + mass)
};

}  // namespace p5
