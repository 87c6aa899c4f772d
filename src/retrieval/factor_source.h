// A source of two matrices of factors, users and items, of which it keeps the items': a history is folded in. Its
// vector is the best answer to the loss that the items were trained with, the items held fixed: squared (Hu, Koren and
// Volinsky, "Collaborative filtering for implicit feedback datasets", ICDM 2008),
//
//   p = argmin  alpha sum_{i of the history} a_i (1 - p . q_i)^2 + sum_{all j} (p . q_j)^2 + lambda |p|^2,
//
// or pairwise (Rendle et al., UAI 2009), with the mean item q, b in the place of single negatives,
//
//   p = argmax  sum_{i of the history} a_i (log sigmoid(p . (q_i - q) + b_i - b) - lambda/2 |p|^2),
//
// with a_i the weight of an item's age; an item scores p . q + its bias. So users that training never saw are answered
// as those it saw. Thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "retrieval/fitted_state.h"
#include "retrieval/history_weights.h"
#include "retrieval/scoring_source.h"
#include "retrieval/vector_source.h"

namespace p5 {

struct ItemFactors {
  std::size_t width = 0;
  std::vector<float> factors;  // [item_count, width]
  std::vector<float> biases;   // [item_count]

  std::size_t item_count() const { return biases.size(); }
  std::span<const float> of(ItemId item) const { return std::span(factors).subspan(item * width, width); }
};

struct FoldIn {
  enum class Loss { kSquared, kPairwise };
  Loss loss = Loss::kSquared;
  double alpha = 10.0;  // squared alone: weight of an item of the history against one of all items
  double lambda = 1.0;  // weight of the squared length of the vector
  HistoryWeights weights;
};

class FactorSource final : public ScoringSource, public ItemVectorTable, public VectorSource {
 public:
  FactorSource(std::string name, ItemFactors items, const FoldIn& fold_in);
  // As it was saved. Throws Corrupted (model) for a state of other items.
  FactorSource(std::string name, const FittedState& state, const FoldIn& fold_in, std::size_t item_count);

  FittedState state() const;

  std::string name() const override { return name_; }
  ItemVectors learnt_vectors() const override { return {items_.width, items_.factors}; }
  // Factors and, at the end, the bias, whose factor in a query is 1.
  std::size_t vector_width() const override { return items_.width + 1; }
  std::vector<float> item_vectors() const override;
  void query_vectors(std::span<const CandidateQuery> queries, std::span<float> vectors) const override;
  // The vector of a history, [width].
  std::vector<float> fold_in(std::span<const ItemId> history) const;

 protected:
  void score(const CandidateQuery& query, std::span<float> scores) const override;

 private:
  std::vector<float> fold_in_squared(std::span<const ItemId> history) const;
  std::vector<float> fold_in_pairwise(std::span<const ItemId> history) const;

  std::string name_;
  ItemFactors items_;
  FoldIn fold_in_;
  std::vector<double> gram_;  // sum of q q^T [width, width]
  std::vector<double> mean_;  // of q [width], and of the biases
};

// The lower triangle of sum of q q^T over all rows of `factors` [n, width], as [width, width].
std::vector<double> gram_of(std::span<const float> factors, std::size_t width);

// Solves A x = b for a positive definite A [n, n], of which the lower triangle is read and replaced by its Cholesky
// factor, and b [n] by x.
void solve_positive_definite(std::span<double> a, std::span<double> b);

}  // namespace p5
