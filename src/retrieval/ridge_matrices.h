// The matrices of a ridge regression of items on items, and what they would be without one user; ridge_source.h has the
// formulas. Thread-safe once built.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "corpus/corpus.h"
#include "p5/stop_token.h"
#include "retrieval/history_examples.h"
#include "retrieval/sparse_rows.h"

namespace p5 {

class RidgeMatrices {
 public:
  // Inverts G of `items` items. Throws as invert_positive_definite().
  RidgeMatrices(HistoryExamples examples, std::size_t items, double lambda, ThreadPool& pool, const StopToken& stop);
  ~RidgeMatrices();

  // The rows of B, [items, items]; the `most` strongest entries of each, 0 = all. Where `keep` says so, P C is kept for
  // score_without().
  SparseRows solve(std::size_t most, bool keep, ThreadPool& pool, const StopToken& stop);

  // scores [items]: sum of weight * row of B, as if `user` were not there. REQUIRES solve() with `keep`.
  void score_without(UserId user, std::span<const ItemWeight> history, std::span<float> scores) const;

 private:
  struct Absence;  // what the absence of one user changes

  std::span<const float> inverse(std::size_t row) const { return std::span(inverse_).subspan(row * items_, items_); }
  std::span<const float> product(std::size_t row) const { return std::span(products_).subspan(row * items_, items_); }
  std::shared_ptr<const Absence> absence_of(UserId user) const;
  std::shared_ptr<const Absence> make_absence(UserId user) const;

  std::size_t items_;
  HistoryExamples examples_;
  SparseRows targets_;           // C
  std::vector<float> inverse_;   // P [items, items]
  std::vector<float> products_;  // P C [items, items], or empty
  std::vector<float> diagonal_;  // of P C [items]

  mutable std::mutex remembering_;
  mutable std::vector<std::shared_ptr<const Absence>> remembered_;  // the latest last
};

}  // namespace p5
