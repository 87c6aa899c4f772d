// What content says about items that no history holds: how alike they read to the items of a history, and what the
// counts say about the items that they read like. Immutable; thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "corpus/corpus.h"
#include "retrieval/fitted_state.h"
#include "retrieval/history_weights.h"
#include "retrieval/sparse_rows.h"

namespace p5 {

struct ColdFeature {
  static constexpr std::size_t kCount = 3;
  std::uint32_t index = 0;  // of the item in items()
  // log(1 + x / e) of: the sum of cosines to the items of the history, weighted by age, e = 0.05; the mean cosine, e =
  // 0.05; the mean share that the counts give to the items that read most alike, e = 1e-4.
  std::array<float, kCount> values = {};
};

class ColdFeatures {
 public:
  ColdFeatures() = default;
  // `items` ascending; `contents` [items, item_count]: cosines by compare_contents(). What reads like an item is looked
  // for among the items that are `counted` [item_count].
  ColdFeatures(std::vector<ItemId> items, const SparseRows& contents, const std::vector<bool>& counted,
               const HistoryWeights& weights);
  // As put() wrote it. Throws Corrupted (model).
  ColdFeatures(const FittedState& state, std::size_t item_count, const HistoryWeights& weights);
  void put(FittedState& state) const;

  std::span<const ItemId> items() const { return items_; }
  // `scores` [item_count] of a counting source for the history. Ascending by index; items without a row have zeros.
  std::vector<ColdFeature> of(std::span<const ItemId> history, std::span<const float> scores) const;

 private:
  std::vector<ItemId> items_;
  SparseRows readers_;  // [item_count] the items (by index) that read like an item, with their cosines
  SparseRows alike_;    // [items] counted items that read most alike, by weights that sum to 1
  HistoryWeights weights_;
};

}  // namespace p5
