// Vectors of items out of counts: the largest eigenvectors of the matrix of positive pointwise mutual information of
// items near each other in histories (Levy and Goldberg, "Neural word embedding as implicit matrix factorization", NIPS
// 2014: what word2vec factors implicitly). Thread-safe: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/option_table.h"
#include "base/thread_pool.h"
#include "corpus/split.h"
#include "p5/stop_token.h"
#include "retrieval/history_weights.h"
#include "retrieval/sparse_rows.h"

namespace p5 {

struct PpmiOptions {
  std::int64_t factors = 256;        // eigenvectors
  std::int64_t window = 20;          // pairs at most this many steps apart in a history count
  double gap_decay = 0.2;            // a pair `gap` steps apart weighs 1 / (1 + gap_decay (gap - 1))
  double smoothing = 5.0;            // added to the counts of both items
  double sharpness = 3.0;            // power of the cosine of two vectors
  std::int64_t rounds = 4;           // of subspace iteration
  std::uint64_t seed = 2022;         // of the subspace that it begins with
  std::int64_t max_neighbors = 400;  // strongest kept per item, 0 = all
  HistoryWeights weights;

  void bind(OptionTable& table);  // rows ppmi.*
};

// max(0, log(n_ab N / ((n_a + smoothing) (n_b + smoothing)))) of pairs, [item_count, item_count], symmetric.
SparseRows count_ppmi(const Split& split, const PpmiOptions& options, ThreadPool& pool);

// [item_count, factors], each eigenvector times the root of the absolute value of its eigenvalue; `width` gets the
// number of factors, which is no more than that of items. Throws InvalidArgument for a split without histories.
std::vector<float> ppmi_vectors(const Split& split, const PpmiOptions& options, std::size_t& width, ThreadPool& pool,
                                const StopToken& stop = {});

// Items by the cosine of these vectors, [item_count, item_count].
SparseRows compare_ppmi_vectors(const Split& split, const PpmiOptions& options, std::size_t threads = 0,
                                const StopToken& stop = {});

}  // namespace p5
