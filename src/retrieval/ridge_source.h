// Item-to-item ridge regression in closed form: EASE (Steck, "Embarrassingly shallow autoencoders for sparse data", WWW
// 2019), and the same with order (SLIST, Choi et al., WWW 2021). With inputs X and targets Y of history_examples.h,
//
//   G = X^T X + lambda I,  C = X^T Y,  P = G^-1,  B = P C - P diag(d),  d_j = (P C)_jj / P_jj,
//
// which is the least squared error of Y - X B plus lambda |B|^2 under a zero diagonal of B, so that no item explains
// itself. A history scores the sum of its rows of B, weighted by age. Thread-safe.
//
// Leave one out: a user with r examples F (inputs) and H (targets), [item_count, r], gives G - F F^T and C - F H^T.
// With U = P F, V = C^T U, T = (I - F^T U)^-1 (Woodbury), the matrices without the user are, exactly,
//
//   P' = P + U T U^T,   P' C' = P C + U T (V - H)^T.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/option_table.h"
#include "corpus/split.h"
#include "p5/stop_token.h"
#include "retrieval/counting_source.h"
#include "retrieval/fitted_state.h"
#include "retrieval/history_examples.h"
#include "retrieval/history_weights.h"
#include "retrieval/ridge_matrices.h"
#include "retrieval/sparse_rows.h"

namespace p5 {

struct RidgeOptions {
  double lambda = 100.0;
  ExampleOptions examples = {.whole = 0.3, .places = 100};
  std::int64_t max_neighbors = 400;  // entries of B of largest absolute value that are kept per item, 0 = all
  std::int64_t max_items = 16000;    // the most frequent items that are fit; time grows with the cube of this
  HistoryWeights weights;

  void bind(OptionTable& table);  // rows ridge.*
};

// Whole histories alone, without order.
struct EaseOptions {
  double lambda = 500.0;
  std::int64_t max_neighbors = 400, max_items = 16000;  // as in RidgeOptions
  HistoryWeights weights = {.recency = 0.8};

  RidgeOptions ridge() const;
  void bind(OptionTable& table);  // rows ease.*
};

// Whether a fit keeps the matrices that tell what it would be without a user.
enum class LeaveOneOut { kNo, kYes };

class RidgeSource final : public CountingSource {
 public:
  // Fits the train parts. Memory: 4 n^2 bytes for n items, twice that with LeaveOneOut::kYes, which are then kept;
  // where the machine has less than twice as much, the most frequent items that fit are fit, with a warning, and others
  // score 0. The result does not depend on `threads` (0: all cores). Throws InvalidArgument for a split without
  // histories or without training events, Interrupted, Unavailable (system) without OpenBLAS.
  RidgeSource(std::string name, const Split& split, const RidgeOptions& options, LeaveOneOut keep = LeaveOneOut::kNo,
              std::size_t threads = 0, const StopToken& stop = {});
  // As it was saved. Throws Corrupted (model) for a state of other items.
  RidgeSource(std::string name, const FittedState& state, const RidgeOptions& options, std::size_t item_count);

  FittedState state() const;

  std::string name() const override { return name_; }
  const SparseRows& rows() const { return rows_; }  // B, [item_count, item_count]

  // With all entries of B, while score_all() has the strongest. The first prefix of a user takes
  // about (r + events) r n steps, each further one (r + length) n; a few users' matrices are kept.
  void score_without(UserId own, std::span<const ItemId> history, std::span<float> scores) const override;
  bool leaves_one_out() const override { return matrices_ != nullptr; }
  // Takes as long as fitting, on all cores, where nothing was kept. Throws as the constructor does.
  void remember_users(std::shared_ptr<const Split> training) override;

 protected:
  void score(const CandidateQuery& query, std::span<float> scores) const override;

 private:
  // Finds items and matrices.
  SparseRows fit(const Split& split, LeaveOneOut keep, std::size_t threads, const StopToken& stop);

  std::string name_;
  RidgeOptions options_;
  SparseRows rows_;
  std::vector<ItemId> items_;                // those of the matrices, ascending
  std::vector<ItemId> position_of_;          // [item_count] where an item stands in items_, or kNoPosition
  std::unique_ptr<RidgeMatrices> matrices_;  // null unless kept
};

}  // namespace p5
