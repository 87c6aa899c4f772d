#include "retrieval/item_rows_source.h"

#include <algorithm>

namespace p5 {

FittedState ItemRowsSource::state() const {
  FittedState state;
  rows_.put(state);
  return state;
}

void ItemRowsSource::score(const CandidateQuery& query, std::span<float> scores) const {
  std::fill(scores.begin(), scores.end(), 0.0f);
  add_rows(rows_, weights_, query.history, scores);
}

void add_rows(const SparseRows& rows, const HistoryWeights& weights, std::span<const ItemId> history,
              std::span<float> scores) {
  weights.for_each(history, rows.size(), [&](ItemId item, float weight) {
    for (const ItemWeight& entry : rows[item]) scores[entry.item] += weight * entry.weight;
  });
}

}  // namespace p5
