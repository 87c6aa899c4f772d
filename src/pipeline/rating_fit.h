// The last step of a training: fits the model's stars to real ones.
#pragma once

#include "corpus/data_splits.h"
#include "evaluate/evaluate_options.h"
#include "recommend/model_bundle.h"
#include "recommend/question_writer.h"

namespace p5 {

// Asks the trained model about validation reviews, at most options.reviews of them, and fits one line per kind of star
// question that it was trained on (recommend/rating_calibration.h). Throws Interrupted when options.stop asks for a
// stop.
RatingCalibrations fit_rating_calibrations(SequenceModel& model, const QuestionWriter& writer,
                                           const ModelBundle& bundle, const DataSplits& data,
                                           const EvaluateOptions& options);

}  // namespace p5
