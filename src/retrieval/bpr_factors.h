// Matrix factorization by Bayesian personalized ranking (Rendle et al., "BPR: Bayesian personalized ranking from
// implicit feedback", UAI 2009): stochastic gradient ascent of
//
//   sum over (u, i, j) of log sigmoid(x_ui - x_uj) - regularization,  x_ui = p_u . q_i + b_i,
//
// over training events (u, i) and items j that u does not have, drawn uniformly. Thread-safe: a pure function.
#pragma once

#include <cstdint>

#include "base/option_table.h"
#include "corpus/split.h"
#include "p5/stop_token.h"
#include "retrieval/factor_source.h"

namespace p5 {

struct BprOptions {
  std::int64_t factors = 64;
  double lr = 0.05;           // step of the gradient ascent
  double l2 = 0.01;           // on factors
  double bias_l2 = 0.01;      // on biases of items
  double initial_std = 0.1;   // standard deviation of the initial factors, divided by the root of their number
  std::int64_t epochs = 60;   // passes over the training events
  std::uint64_t seed = 2022;  // initial factors, order of the events and negatives
  HistoryWeights weights = {.recency = 0.8};

  FoldIn fold_in() const { return {.loss = FoldIn::Loss::kPairwise, .lambda = l2, .weights = weights}; }
  void bind(OptionTable& table);  // rows bpr.*
};

// Factors and biases of items. One thread. Throws InvalidArgument for a split without histories or without training
// events, Interrupted at most one pass after a request to stop.
ItemFactors fit_bpr(const Split& split, const BprOptions& options, const StopToken& stop = {});

}  // namespace p5
