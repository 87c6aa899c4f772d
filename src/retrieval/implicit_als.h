// Matrix factorization of implicit feedback by alternating least squares (Hu, Koren and Volinsky, ICDM 2008), with the
// regularization scaled by frequency of Rendle et al., "Revisiting the performance of iALS on item recommendation
// benchmarks", RecSys 2022:
//
//   sum_{(u, i) in train} alpha (1 - p_u . q_i)^2 + sum_{all u, i} (p_u . q_i)^2
//       + lambda (sum_u (alpha n_u + items)^nu |p_u|^2 + sum_i (alpha n_i + users)^nu |q_i|^2)
//
// Users and items are solved in turn, each exactly by Cholesky. Thread-safe: a pure function.
#pragma once

#include <cstdint>

#include "base/option_table.h"
#include "base/thread_pool.h"
#include "corpus/split.h"
#include "p5/stop_token.h"
#include "retrieval/factor_source.h"

namespace p5 {

struct AlsOptions {
  std::int64_t factors = 64;
  double alpha = 10.0;        // weight of an observed pair against one of all pairs
  double lambda = 0.5;        // regularization
  double frequency = 0.5;     // nu: how far it grows with the number of events
  double initial_std = 0.1;   // standard deviation of the initial factors, divided by the root of their number
  std::int64_t rounds = 10;   // of solving all users and all items
  std::uint64_t seed = 2022;  // initial factors
  HistoryWeights weights = {.recency = 0.8};

  FoldIn fold_in(std::size_t items) const;
  void bind(OptionTable& table);  // rows als.*
};

// The factors of items. The result does not depend on `threads` (0: all cores). Throws InvalidArgument for a split
// without histories, Interrupted.
ItemFactors fit_implicit_als(const Split& split, const AlsOptions& options, std::size_t threads = 0,
                             const StopToken& stop = {});

}  // namespace p5
