// Item-kNN with order and recency: scores items that are near the user's items in training histories. Trains nothing,
// takes seconds, and is the baseline that a model must beat (docs/protocol.md). Thread-safe once built.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/option_table.h"
#include "corpus/split.h"
#include "retrieval/counting_source.h"
#include "retrieval/fitted_state.h"

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

class ItemKnnSource final : public CountingSource {
 public:
  // Counts pairs within the train items of every user, each by the product of its events' weights where the corpus has
  // some; `threads` 0 takes all cores, and the result does not depend on
  // their number. Memory: 8 bytes per pair of neighbors. REQUIRES split.is_sequential(), or throws InvalidArgument.
  ItemKnnSource(const Split& split, const ItemKnnOptions& options, std::size_t threads = 0);
  // As it was saved, with the options that it was fit with. Throws Corrupted (model) for a state of other items.
  ItemKnnSource(const FittedState& state, const ItemKnnOptions& options, std::size_t item_count);

  FittedState state() const;

  std::string name() const override { return "item-knn"; }
  const ItemKnnOptions& options() const { return options_; }

  // Counts and norms are both those without `own`. With knn.max_neighbors, rows keep the neighbors that all users
  // chose.
  void score_without(UserId own, std::span<const ItemId> history, std::span<float> scores) const override;
  bool leaves_one_out() const override { return training_ != nullptr; }
  void remember_users(std::shared_ptr<const Split> training) override;

  struct Neighbor {
    ItemId item = 0;
    float weight = 0.0f;
  };
  // The neighbors that `item` recommends, in ascending item id.
  std::span<const Neighbor> neighbors_of(ItemId item) const;
  std::size_t pair_count() const { return neighbors_.size(); }
  // [history.size()] what each item of the history adds to the score of `item`.
  std::vector<float> contributions(std::span<const ItemId> history, ItemId item) const;

 protected:
  void score(const CandidateQuery& query, std::span<float> scores) const override;

 private:
  void add_neighbors(std::span<const ItemId> history, std::span<float> scores) const;
  void take_out(UserId own, std::span<const ItemId> history, std::span<float> scores) const;
  // The weights of pairs of the user's train event at `at` with its neighbors, times `scale`.
  void add_pairs(UserId own, std::size_t at, double scale, std::map<ItemId, double>& sums) const;
  // Weights of the user's train events; empty where all count 1.
  std::span<const float> event_weights_of(UserId user) const;
  double inverse_norm(ItemId item, double without) const;

  ItemKnnOptions options_;
  std::shared_ptr<const Split> training_;  // once users are remembered
  std::vector<float> event_weights_;       // of all its used events, where they have weights
  std::vector<double> counts_;             // [item_count] of training events by squared weight, likewise
  std::vector<std::uint64_t> begins_;      // [item_count + 1]
  std::vector<Neighbor> neighbors_;
};

}  // namespace p5
