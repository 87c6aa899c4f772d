// What encoders can be trained by: the list of objectives, which encoders each suits, and mixes of them as options name
// them. Formulas and papers are at their classes (*_objectives_module.cc). Plain values; thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "encoders/encoder_options.h"

namespace p5 {

enum class ObjectiveKind {
  kNextItem,
  kMaskedItem,
  kContrastive,
  kItemAttribute,
  kSequenceAttribute,
  kSequenceSegment,
  kNextSession,
  kTriplets,
  kAttributePrediction,
  kInteractionBinary,
  kInteractionPairwise,
  kDenoising,
  kVariational,
  kAdversarial,
  kRatingRegression,
  kReinforce,
  kQLearning,
};

// What a position of a training row must predict.
enum class TargetRule {
  kNext,    // the item after it, from the items up to it
  kMasked,  // the item that a mask token stands for, from all the others
  kSame,    // all items of the row, from all items of the row; or whatever the objective makes of the row
};

// What an objective reads besides histories.
enum class ObjectiveNeed { kNothing, kAttributes, kTriplets, kRatings, kReturns, kRewards };

// One objective, as a row of the list.
struct ObjectiveRow {
  ObjectiveKind kind;
  std::string_view name, summary;
  int readings = 0;  // Reading, any of them
  ObjectiveNeed needs = ObjectiveNeed::kNothing;
  bool ranks = false;  // teaches the states that answer
  // Rows are cut for targets: those of the reading (the next item forwards, masked ones both ways). Else kSame.
  bool has_targets = false;
  // Its logits are those that answer, evidence of neighbors among them.
  bool informed = false;
  // Reads the vectors of the items of its batch alone, and of those that the sampled softmax draws.
  bool by_rows = false;

  bool suits(const EncoderRow& encoder) const;
  // The reading with which the encoder is trained: its own where that is among `readings`. REQUIRES suits().
  Reading reading_of(const EncoderRow& encoder) const;
  TargetRule targets_of(const EncoderRow& encoder) const;
  // Whether it teaches the very states that the encoder answers with.
  bool ranks_with(const EncoderRow& encoder) const;
};
std::span<const ObjectiveRow> objective_rows();
const ObjectiveRow& objective_row(ObjectiveKind kind);

struct WeightedObjective {
  const ObjectiveRow* row = nullptr;
  double weight = 1.0;
};
// The mix of encoder.objectives, or the network's own objective, each once. Throws a usage error for unknown names,
// which lists the known ones, for weights that are no positive numbers, and for objectives that do not suit the
// network, which lists those that do.
std::vector<WeightedObjective> objectives_of(const EncoderOptions& options);
bool is_among(ObjectiveKind kind, std::span<const WeightedObjective> objectives);
bool any_informed(std::span<const WeightedObjective> objectives);
// Whether any of them teaches the states that answer: without one, validation by rankings would mean nothing.
bool any_ranks(std::span<const WeightedObjective> objectives, const EncoderOptions& options);

}  // namespace p5
