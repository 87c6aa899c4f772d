// From the mean of a model's star distribution to stars on the scale of real ones: a line fit by least squares on
// validation reviews. A model that saw few ratings of a user or item is overconfident, and the means of its
// distributions spread too far; the line corrects that (linear calibration). Plain values.
#pragma once

#include <filesystem>
#include <span>

#include "corpus/rating_scale.h"
#include "prompt/prompt_template.h"
#include "recommend/rating_mixture.h"

namespace p5 {

struct RatingCalibration {
  double offset = 0, slope = 1;  // stars = offset + slope * mean, within the scale

  struct Pair {
    double mean = 0, truth = 0;
  };
  // The non-decreasing line with the least squared error; the identity for fewer than two pairs.
  static RatingCalibration fit(std::span<const Pair> pairs);
  double stars(double mean, const RatingScale& scale) const;

  bool operator==(const RatingCalibration&) const = default;
};

// One for the stars that a user would give, one for the stars of a text.
struct RatingCalibrations {
  RatingCalibration rating, review;
  // Of the stars of a review: the share of what its words say (recommend/review_stars_model.h); the rest is the
  // model's.
  double words = 1;
  RatingMixture mixture = {};  // of predicted stars; none: the model alone

  const RatingCalibration& of(const PromptTemplate& prompt) const {
    return prompt.source.uses(Slot::kReview) ? review : rating;
  }
  void save(const std::filesystem::path& file) const;  // docs/formats.md
  // Identities where there is no such file. Throws Corrupted (model).
  static RatingCalibrations load(const std::filesystem::path& file);
};

}  // namespace p5
