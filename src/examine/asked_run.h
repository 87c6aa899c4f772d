// A run that is asked questions to measure its answers. All that it points to must outlive whoever holds it. A plain
// value; not thread-safe: it uses one model.
#pragma once

#include <memory>

#include "corpus/data_splits.h"
#include "decode/decode_options.h"
#include "evaluate/evaluate_options.h"
#include "explain/explanation_set.h"
#include "model/sequence_model.h"
#include "recommend/answer_options.h"
#include "recommend/model_bundle.h"
#include "recommend/question_writer.h"
#include "recommend/review_stars_model.h"

namespace p5 {

struct AskedRun {
  SequenceModel& model;
  const QuestionWriter& writer;
  const ModelBundle& bundle;
  const DataSplits& data;
  const EvaluateOptions& evaluate;
  const DecodeOptions& decode;
  const AnswerOptions& answer;
  bool foreign = false;                                     // the data is of a corpus that the model was not trained on
  std::shared_ptr<const ExplanationSet> explanations = {};  // null where no prompt needs them
  // Tells stars of reviews by their words; null where there are none to learn from, or the run is asked alone.
  std::shared_ptr<const ReviewStarsModel> words = {};

  Part part() const { return evaluate.part(); }
};

}  // namespace p5
