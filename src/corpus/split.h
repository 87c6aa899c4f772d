// Which interactions are train, validation or test. A Split copies nothing: it marks the corpus's positions and returns
// spans. Thread-safe: all const.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "corpus/corpus.h"
#include "corpus/marked_positions.h"
#include "corpus/part.h"

namespace p5 {

// One mark per interaction, [interaction_count].
class Split {
 public:
  Split(std::shared_ptr<const Corpus> corpus, std::vector<Part> marks, std::string name);

  const Corpus& corpus() const { return *corpus_; }
  const std::shared_ptr<const Corpus>& shared_corpus() const { return corpus_; }
  const std::string& name() const { return name_; }
  std::span<const Part> marks() const { return marks_; }
  Part part_of(std::size_t interaction) const { return marks_[interaction]; }

  // The user's training items in time order, a prefix of the used history. REQUIRES is_sequential(): the split cuts
  // each user's time line of used events, as leave-one-out and temporal splits do.
  bool is_sequential() const { return sequential_; }
  std::span<const ItemId> train_items(UserId user) const;
  // What a model may see when it predicts the target of `part`: for validation the train items, for test the
  // train and validation items. REQUIRES is_sequential() and part != kTrain.
  std::span<const ItemId> history_for(UserId user, Part part) const;
  // The position of the user's first interaction marked `part`, if any: the target of rankings.
  std::optional<std::size_t> target_of(UserId user, Part part) const;
  // The items of all used events, user after user, in time order: train_items() and history_for() are spans of it.
  std::span<const ItemId> history_items() const;
  std::size_t count(Part part) const;
  // Whether the item's events were taken out of training (hide_items()).
  bool is_hidden(ItemId item) const { return item < hidden_.size() && hidden_[item]; }
  std::size_t hidden_count() const;
  // The positions of all interactions marked `part`, ascending. Borrows the split.
  MarkedPositions positions(Part part) const { return {marks_, part}; }
  // Those that have a rating.
  MarkedPositions rated_positions(Part part) const { return {marks_, part, corpus_->ratings()}; }

 private:
  std::shared_ptr<const Corpus> corpus_;
  std::vector<Part> marks_;
  std::string name_;
  bool sequential_ = false;
  // Of splits with unused events only: positions and items of the used ones, and where each user's begin.
  std::vector<std::size_t> used_begins_, used_positions_;  // [user_count + 1], [used]
  std::vector<ItemId> used_items_;                         // [used]
  std::vector<bool> hidden_;                               // [item_count]; empty: none

  bool all_used() const { return used_begins_.empty(); }
  void list_used();
  friend Split hide_items(const Split& split, std::span<const ItemId> hidden);
};

// The last interaction of a user is test, the one before validation, the rest train. Users with fewer than three
// interactions are all train.
Split split_leave_one_out(std::shared_ptr<const Corpus> corpus);

// The parts that the source gave (Corpus::given_parts()). Where it gave no test part, the validation part is the test
// part. Where there is then no validation part, the last train event of every user who has two is validation. Throws a
// usage error for a corpus that came without a split.
Split split_as_given(std::shared_ptr<const Corpus> corpus);
// The same parts for ratings and reviews: every (user, item) pair that `ranking`, a given split, holds out is kept out
// of train, its repeats included.
Split split_reviews_as_given(const Split& ranking);

struct RatioSplitOptions {
  double valid = 0.1, test = 0.1;
  std::uint64_t seed = 2022;
};
// The review split of docs/protocol.md: by ratio and seed, with at least one interaction of every user and item in
// train. Every (user, item) pair in the validation or test part of `ranking` is kept out of train, its repeats
// included. Those pairs go to the part of the same name (test when both) and count towards its share; a user or item
// with no other interaction is then not in train. What is unused in `ranking` is unused here, and no part of the
// shares. `ranking` may be null (plain ratio split).
Split split_by_ratio(std::shared_ptr<const Corpus> corpus, const RatioSplitOptions& options, const Split* ranking);

inline constexpr std::int64_t kNoEnd = std::numeric_limits<std::int64_t>::max();
// Interactions before valid_time_ms (or without a time) are train, before test_time_ms validation, before end_time_ms
// test, the rest unused. Throws a usage error for times in the wrong order or a corpus without times.
Split split_by_time(std::shared_ptr<const Corpus> corpus, std::int64_t valid_time_ms, std::int64_t test_time_ms,
                    std::int64_t end_time_ms = kNoEnd);

// A share of the items with events, rounded, drawn uniformly by seed; ascending. The draw looks at no event.
std::vector<ItemId> draw_hidden_items(const Corpus& corpus, double share, std::uint64_t seed);
// The split with the train events of these items unused: nobody learns that anyone took them. Validation and test
// events stay, so that the items can be targets that no training has seen (and be in the history of a later target).
Split hide_items(const Split& split, std::span<const ItemId> hidden);

}  // namespace p5
