// Item-kNN with order and recency: scores items that are near the user's items in training histories. Trains nothing,
// takes seconds, and is the baseline that a model must beat (docs/protocol.md). Thread-safe once built.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/option_table.h"
#include "corpus/split.h"
#include "retrieval/fitted_state.h"
#include "retrieval/scoring_source.h"

namespace p5 {

// The defaults are the recipe of the Beauty row in docs/protocol.md.
struct ItemKnnOptions {
  std::int64_t window = 20;        // pairs at most this many steps apart in a history count
  double gap_decay = 0.2;          // a pair `gap` steps apart weighs 1 / (1 + gap_decay (gap - 1))
  double backward = 0.6;           // share of that weight for recommending the earlier item from the later one
  double shrinkage = 3.0;          // divides by sqrt((n_a + shrinkage)(n_b + shrinkage)): rare pairs count less
  std::int64_t history = 30;       // this many of the query's last items are used
  double recency = 0.6;            // the item `age` steps before the last weighs recency^age
  std::int64_t max_neighbors = 0;  // strongest neighbors kept per item, to bound memory; 0 = all

  void bind(OptionTable& table);  // rows knn.*
};

class ItemKnnSource final : public ScoringSource {
 public:
  // Counts pairs within the train items of every user; `threads` 0 takes all cores, and the result does not depend on
  // their number. Memory: 8 bytes per pair of neighbors. REQUIRES split.is_sequential(), or throws InvalidArgument.
  ItemKnnSource(const Split& split, const ItemKnnOptions& options, std::size_t threads = 0);
  // As it was saved, with the options that it was fit with. Throws Corrupted (model) for a state of other items.
  ItemKnnSource(const FittedState& state, const ItemKnnOptions& options, std::size_t item_count);

  FittedState state() const;

  std::string name() const override { return "item-knn"; }

  struct Neighbor {
    ItemId item = 0;
    float weight = 0.0f;
  };
  // The neighbors that `item` recommends, in ascending item id.
  std::span<const Neighbor> neighbors_of(ItemId item) const;
  std::size_t pair_count() const { return neighbors_.size(); }

 protected:
  void score(const CandidateQuery& query, std::span<float> scores) const override;

 private:
  ItemKnnOptions options_;
  std::vector<std::uint64_t> begins_;  // [item_count + 1]
  std::vector<Neighbor> neighbors_;
};

}  // namespace p5
