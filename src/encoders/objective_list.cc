#include "encoders/objective_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/did_you_mean.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr int kForwards = static_cast<int>(Reading::kForward), kBoth = static_cast<int>(Reading::kBothWays),
              kSets = static_cast<int>(Reading::kSet), kDraws = static_cast<int>(Reading::kSampled);

constexpr std::array kObjectives{
    ObjectiveRow{.kind = ObjectiveKind::kNextItem,
                 .name = "next-item",
                 .summary = "the item after each position",
                 .readings = kForwards,
                 .ranks = true,
                 .has_targets = true,
                 .informed = true,
                 .by_rows = true},
    ObjectiveRow{.kind = ObjectiveKind::kMaskedItem,
                 .name = "masked-item",
                 .summary = "items that a mask hides, from those on both sides",
                 .readings = kBoth,
                 .ranks = true,
                 .has_targets = true,
                 .by_rows = true},
    ObjectiveRow{.kind = ObjectiveKind::kContrastive,
                 .name = "contrastive",
                 .summary = "two views of a history (cropped, masked, reordered) are nearer than those of others",
                 .readings = kForwards | kBoth | kSets},
    ObjectiveRow{.kind = ObjectiveKind::kItemAttribute,
                 .name = "item-attribute",
                 .summary = "an item is nearer to its attributes than to others",
                 .readings = kForwards | kBoth | kSets,
                 .needs = ObjectiveNeed::kAttributes},
    ObjectiveRow{.kind = ObjectiveKind::kSequenceAttribute,
                 .name = "sequence-attribute",
                 .summary = "the state of a masked item is nearer to the item's attributes than to others",
                 .readings = kBoth,
                 .needs = ObjectiveNeed::kAttributes,
                 .has_targets = true},
    ObjectiveRow{.kind = ObjectiveKind::kSequenceSegment,
                 .name = "sequence-segment",
                 .summary = "a history is nearer to the segment that was cut out of it than to those of others",
                 .readings = kBoth},
    ObjectiveRow{.kind = ObjectiveKind::kNextSession,
                 .name = "next-session",
                 .summary = "whether a second half goes on with the first or belongs to another history",
                 .readings = kForwards | kBoth},
    ObjectiveRow{.kind = ObjectiveKind::kTriplets,
                 .name = "triplets",
                 .summary = "item + relation is nearer to the entity than to others",
                 .readings = kForwards | kBoth | kSets,
                 .needs = ObjectiveNeed::kTriplets},
    ObjectiveRow{.kind = ObjectiveKind::kAttributePrediction,
                 .name = "attribute-prediction",
                 .summary = "the attributes of the item to predict, yes or no for each",
                 .readings = kForwards | kBoth,
                 .needs = ObjectiveNeed::kAttributes,
                 .has_targets = true},
    ObjectiveRow{.kind = ObjectiveKind::kInteractionBinary,
                 .name = "interaction-bce",
                 .summary = "the row of the interaction matrix from half of it, by binary cross entropy",
                 .readings = kForwards | kBoth | kSets,
                 .ranks = true},
    ObjectiveRow{.kind = ObjectiveKind::kInteractionPairwise,
                 .name = "interaction-bpr",
                 .summary = "the same, by pairs of an item that is in the row and one that is not",
                 .readings = kForwards | kBoth | kSets,
                 .ranks = true},
    ObjectiveRow{.kind = ObjectiveKind::kDenoising,
                 .name = "denoising",
                 .summary = "all items of a row from what dropout leaves of it",
                 .readings = kForwards | kBoth | kSets,
                 .ranks = true,
                 .by_rows = true},
    ObjectiveRow{.kind = ObjectiveKind::kVariational,
                 .name = "variational",
                 .summary = "the same through a normal distribution, with its divergence from the standard one",
                 .readings = kDraws,
                 .ranks = true,
                 .by_rows = true},
    ObjectiveRow{.kind = ObjectiveKind::kAdversarial,
                 .name = "adversarial",
                 .summary = "denoising, while a discriminator fails to tell codes from normal noise",
                 .readings = kForwards | kBoth | kSets,
                 .ranks = true,
                 .by_rows = true},
    ObjectiveRow{.kind = ObjectiveKind::kRatingRegression,
                 .name = "rating-regression",
                 .summary = "the rating of the item to predict",
                 .readings = kForwards | kBoth,
                 .needs = ObjectiveNeed::kRatings,
                 .has_targets = true},
    ObjectiveRow{.kind = ObjectiveKind::kReinforce,
                 .name = "reinforce",
                 .summary = "REINFORCE with top-K off-policy correction: what the items of a list will have earned",
                 .readings = kForwards,
                 .needs = ObjectiveNeed::kReturns,
                 .ranks = true,
                 .has_targets = true,
                 .informed = true},
    ObjectiveRow{.kind = ObjectiveKind::kQLearning,
                 .name = "q-learning",
                 .summary = "conservative Q-learning (CQL): what an item and all after it will earn",
                 .readings = kForwards,
                 .needs = ObjectiveNeed::kRewards,
                 .ranks = true,
                 .has_targets = true,
                 .informed = true},
};

std::string suitable_for(const EncoderRow& encoder) {
  std::string names;
  for (const ObjectiveRow& row : kObjectives) {
    if (row.suits(encoder)) names += (names.empty() ? "" : ", ") + std::string(row.name);
  }
  return names;
}

std::string encoders_of(const ObjectiveRow& objective) {
  std::string names;
  for (const EncoderRow& row : encoder_rows()) {
    if (objective.suits(row)) names += (names.empty() ? "" : ", ") + std::string(row.name);
  }
  return names;
}

const ObjectiveRow& find_objective(std::string_view name) {
  std::vector<std::string> known;
  std::string list;
  for (const ObjectiveRow& row : kObjectives) {
    if (row.name == name) return row;
    known.emplace_back(row.name);
    list += (list.empty() ? "" : ", ") + std::string(row.name);
  }
  throw usage_error("an unknown objective", {.where = "encoder.objectives",
                                             .expected = "one of " + list,
                                             .got = "'" + std::string(name) + "'" + did_you_mean(name, known)});
}

// "contrastive=0.1"; without a weight 1.
WeightedObjective read_objective(const std::string& text) {
  const std::size_t at = text.find('=');
  WeightedObjective objective{.row = &find_objective(std::string_view(text).substr(0, at))};
  if (at == std::string::npos) return objective;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + at + 1, end, objective.weight);
  if (read.ec != std::errc() || read.ptr != end || !(objective.weight > 0) || objective.weight > 1e6) {
    throw usage_error("a bad weight of an objective", {.where = "encoder.objectives",
                                                       .expected = "a number above 0, up to 1e6",
                                                       .got = "'" + text.substr(at + 1) + "'"});
  }
  return objective;
}

}  // namespace

bool ObjectiveRow::suits(const EncoderRow& encoder) const {
  return (readings & (static_cast<int>(encoder.reading) | static_cast<int>(encoder.also))) != 0;
}

Reading ObjectiveRow::reading_of(const EncoderRow& encoder) const {
  return (readings & static_cast<int>(encoder.reading)) != 0 ? encoder.reading : encoder.also;
}

TargetRule ObjectiveRow::targets_of(const EncoderRow& encoder) const {
  if (!has_targets) return TargetRule::kSame;
  return reading_of(encoder) == Reading::kForward ? TargetRule::kNext : TargetRule::kMasked;
}

bool ObjectiveRow::ranks_with(const EncoderRow& encoder) const {
  return ranks && (reading_of(encoder) == encoder.reading || reading_of(encoder) == Reading::kSampled);
}

std::span<const ObjectiveRow> objective_rows() { return kObjectives; }

const ObjectiveRow& objective_row(ObjectiveKind kind) {
  for (const ObjectiveRow& row : kObjectives) {
    if (row.kind == kind) return row;
  }
  return kObjectives.front();
}

std::vector<WeightedObjective> objectives_of(const EncoderOptions& options) {
  const EncoderRow& encoder = encoder_row(options.network);
  std::vector<WeightedObjective> mix;
  for (const std::string& text : options.objectives) {
    const WeightedObjective objective = read_objective(text);
    if (!objective.row->suits(encoder)) {
      throw usage_error(
          fmt::format("the objective {} does not suit the network {}", objective.row->name, encoder.name),
          {.where = "encoder.objectives",
           .expected = fmt::format("{} with one of {}; or {} with one of {}", encoder.name, suitable_for(encoder),
                                   objective.row->name, encoders_of(*objective.row))});
    }
    if (std::ranges::any_of(mix, [&](const WeightedObjective& other) { return other.row == objective.row; })) {
      throw usage_error("an objective that is named twice",
                        {.where = "encoder.objectives", .got = std::string(objective.row->name)});
    }
    mix.push_back(objective);
  }
  if (mix.empty()) mix.push_back({.row = &find_objective(encoder.objective)});
  return mix;
}

bool is_among(ObjectiveKind kind, std::span<const WeightedObjective> objectives) {
  return std::ranges::any_of(objectives, [kind](const WeightedObjective& each) { return each.row->kind == kind; });
}

bool any_informed(std::span<const WeightedObjective> objectives) {
  return std::ranges::any_of(objectives, [](const WeightedObjective& each) { return each.row->informed; });
}

bool any_ranks(std::span<const WeightedObjective> objectives, const EncoderOptions& options) {
  return std::ranges::any_of(objectives, [&](const WeightedObjective& objective) {
    return objective.row->ranks_with(encoder_row(options.network));
  });
}

}  // namespace p5
