// Evidence: what a counting rule knows about the next item, as a sparse distribution over the best neighbors of a
// history. Models add it to their logits, weighted by a learnt gate, and learn only what the counts do not know (the
// idea of kNN-LM, Khandelwal et al. 2020, and of pointer-generators, See et al. 2017, with a rule that counts in the
// place of the memory). For training histories the user's own pairs are taken out of the counts. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/option_table.h"
#include "corpus/split.h"
#include "retrieval/counting_source.h"

namespace p5 {

struct EvidenceOptions {
  std::string source = "off";   // the counting source; off: models see no evidence
  std::int64_t neighbors = 32;  // the best neighbors of a history that are evidence
  double floor = 1e-4;          // e of the feature log((w + e) / e) of a neighbor's share w
  double distill = 0.3;         // share of a training target that follows the neighbors' distribution
  double gate = 0.5;            // what the learnt factor of the feature begins with
  std::int64_t ages = 50;       // history items, from the newest, whose age has a learnt logit of its own; 0 = none

  void bind(OptionTable& table);  // rows evidence.*
};

struct Neighbor {
  ItemId item = 0;
  float share = 0.0f;  // of all neighbors of the history
};

class NeighborEvidence {
 public:
  // `repeats`: whether items of the history may be evidence (repeats_happen()).
  NeighborEvidence(std::shared_ptr<const CountingSource> source, const EvidenceOptions& options, bool repeats);

  // The best neighbors by descending share; shares sum to 1. Empty where the counts know nothing. `own` is the training
  // user that `history` is a prefix of, to be left out of the counts; kUnknownUser when asking.
  std::vector<Neighbor> of(std::span<const ItemId> history, UserId own = kUnknownUser) const;

  // The same among `candidates` alone: all of them that the counts know.
  std::vector<Neighbor> among(std::span<const ItemId> candidates, std::span<const ItemId> history,
                              UserId own = kUnknownUser) const;

  // log((share + floor) / floor)
  float feature(float share) const;
  const EvidenceOptions& options() const { return options_; }
  bool repeats() const { return repeats_; }
  const CountingSource& source() const { return *source_; }
  std::size_t item_count() const { return source_->item_count(); }

 private:
  // [item_count], valid until this thread's next call.
  std::span<float> scores_of(std::span<const ItemId> history, UserId own) const;

  std::shared_ptr<const CountingSource> source_;
  EvidenceOptions options_;
  bool repeats_;
};

// Whether at least half a percent of training events are repeats of an item of the same user's train part.
bool repeats_happen(const Split& split);
// What the logits by age begin with: 0, or so little that items of the history come last where training never repeats.
double first_repeat_logit(bool repeats);

}  // namespace p5
