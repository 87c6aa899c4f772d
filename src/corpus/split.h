// Which interactions are train, validation or test. A Split copies nothing: it marks the corpus's positions and returns
// spans. Thread-safe: all const.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <vector>

#include "corpus/corpus.h"

namespace p5 {

enum class Part : std::uint8_t { kTrain, kValid, kTest };

// One mark per interaction, [interaction_count].
class Split {
 public:
  Split(std::shared_ptr<const Corpus> corpus, std::vector<Part> marks, std::string name);

  const Corpus& corpus() const { return *corpus_; }
  const std::shared_ptr<const Corpus>& shared_corpus() const { return corpus_; }
  const std::string& name() const { return name_; }
  std::span<const Part> marks() const { return marks_; }
  Part part_of(std::size_t interaction) const { return marks_[interaction]; }

  // The user's training items in time order, a prefix of the history. REQUIRES is_sequential(): the split cuts each
  // user's time line, as leave-one-out and temporal splits do.
  bool is_sequential() const { return sequential_; }
  std::span<const ItemId> train_items(UserId user) const;
  // What a model may see when it predicts the target of `part`: for validation the train items, for test the
  // train and validation items. REQUIRES is_sequential() and part != kTrain.
  std::span<const ItemId> history_for(UserId user, Part part) const;
  // The position of the user's first interaction marked `part`, if any: the target of rankings.
  std::optional<std::size_t> target_of(UserId user, Part part) const;
  std::size_t count(Part part) const;
  // The positions of all interactions marked `part`, ascending. Borrows the split.
  auto positions(Part part) const {
    return std::views::iota(std::size_t{0}, marks_.size()) |
           std::views::filter([this, part](std::size_t i) { return marks_[i] == part; });
  }

 private:
  std::shared_ptr<const Corpus> corpus_;
  std::vector<Part> marks_;
  std::string name_;
  bool sequential_ = false;
};

// Those positions of the part that have a rating. Borrows the split.
inline auto rated(const Split& split, Part part) {
  return split.positions(part) |
         std::views::filter([ratings = split.corpus().ratings()](std::size_t i) { return std::isfinite(ratings[i]); });
}

// The last interaction of a user is test, the one before validation, the rest train. Users with fewer than three
// interactions are all train.
Split split_leave_one_out(std::shared_ptr<const Corpus> corpus);

struct RatioSplitOptions {
  double valid = 0.1, test = 0.1;
  std::uint64_t seed = 2022;
};
// The review split of docs/protocol.md: by ratio and seed, with at least one interaction of every user and item in
// train. Every (user, item) pair in the validation or test part of `ranking` is kept out of train, its repeats
// included. Those pairs go to the part of the same name (test when both) and count towards its share; a user or item
// with no other interaction is then not in train. `ranking` may be null (plain ratio split).
Split split_by_ratio(std::shared_ptr<const Corpus> corpus, const RatioSplitOptions& options, const Split* ranking);

// Interactions before valid_time_ms (or without a time) are train, before test_time_ms validation, the rest test.
// Throws a usage error for times in the wrong order or a corpus without times.
Split split_by_time(std::shared_ptr<const Corpus> corpus, std::int64_t valid_time_ms, std::int64_t test_time_ms);

}  // namespace p5
