// Histories as a least-squares problem: rows of inputs, and rows of targets that a linear model of items should make
// out of them. Two kinds, as in SLIST (Choi et al., "Session-aware linear item-item models for session-based
// recommendation", WWW 2021): whole histories that explain themselves (SLIM, EASE), and for each place in a history the
// items before it, decayed, that explain the items after it, decayed. Thread-safe once built.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "corpus/split.h"
#include "retrieval/sparse_rows.h"

namespace p5 {

struct ExampleOptions {
  double whole = 1.0;         // weight of the squared error of whole histories; 0 = none
  double ordered = 1.0;       // of what comes before and after a place of a history; 0 = none
  double before_decay = 0.6;  // an input `gap` steps further back weighs before_decay^gap
  double after_decay = 0.7;   // a target `gap` steps further on weighs after_decay^gap
  std::int64_t window = 10;   // steps on either side of a place
  std::int64_t places = 30;   // last items of a history that are cut into before and after
};

struct HistoryExamples {
  SparseRows inputs, targets;              // [examples, item_count], scaled by the roots of the weights
  std::vector<std::uint64_t> user_begins;  // [user_count + 1] the examples of each user
};

// Of the train parts. `position_of` [item_count] renames items, so that a model of fewer items can be fit; entries of
// kNoPosition are left out.
inline constexpr ItemId kNoPosition = 0xffffffffu;
HistoryExamples make_examples(const Split& split, const ExampleOptions& options, std::span<const ItemId> position_of);

}  // namespace p5
