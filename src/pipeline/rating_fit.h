// The last step of a training: fits the model's stars to real ones.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "evaluate/evaluate_options.h"
#include "recommend/loaded_run.h"
#include "recommend/review_stars_model.h"
#include "recommend/source_row.h"
#include "retrieval/rating_predictor.h"

namespace p5 {

// What predicted stars are mixed with, opened; nothing where the run answers without other sources, or has no ratings.
std::vector<std::unique_ptr<RatingPredictor>> predictors_to_mix(const SourceInputs& inputs);

// Asks the trained model about validation reviews, at most options.reviews of them, and fits one line per kind of star
// question that it was trained on (recommend/rating_calibration.h). Stars of reviews are first mixed with those of
// their words, in the share that gives the true stars of these reviews the largest likelihood; `words` null: they are
// not. Predicted stars are mixed with those of `predictors`, which were fit on train parts
// (recommend/rating_mixture.h); none: they are not. Throws Interrupted when options.stop asks for a stop.
RatingCalibrations fit_rating_calibrations(SequenceModel& model, const LoadedRun& run, const EvaluateOptions& options,
                                           const ReviewStarsModel* words,
                                           std::span<const std::unique_ptr<RatingPredictor>> predictors = {});

}  // namespace p5
