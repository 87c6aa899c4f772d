// A source that is a table of items that belong to each item: the score of an item is the sum of its weights in the
// rows of the history's items, weighted by age. Many rules differ only in how they fill the table: cosine, conditional
// probability, SLIM, content, vectors. Thread-safe.
#pragma once

#include <string>
#include <utility>

#include "retrieval/fitted_state.h"
#include "retrieval/history_weights.h"
#include "retrieval/scoring_source.h"
#include "retrieval/sparse_rows.h"

namespace p5 {

class ItemRowsSource final : public ScoringSource {
 public:
  // `rows` [item_count, item_count].
  ItemRowsSource(std::string name, SparseRows rows, const HistoryWeights& weights)
      : ScoringSource(rows.size()), name_(std::move(name)), rows_(std::move(rows)), weights_(weights) {}
  // As it was saved. Throws Corrupted (model) for a state of other items.
  ItemRowsSource(std::string name, const FittedState& state, const HistoryWeights& weights, std::size_t item_count)
      : ItemRowsSource(std::move(name), SparseRows(state, item_count, item_count), weights) {}

  FittedState state() const;

  std::string name() const override { return name_; }
  const SparseRows& rows() const { return rows_; }

 protected:
  void score(const CandidateQuery& query, std::span<float> scores) const override;

 private:
  std::string name_;
  SparseRows rows_;
  HistoryWeights weights_;
};

// scores[item] += weight of the age * entry, over the rows of the history's items.
void add_rows(const SparseRows& rows, const HistoryWeights& weights, std::span<const ItemId> history,
              std::span<float> scores);

}  // namespace p5
