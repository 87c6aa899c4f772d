// Stars as probabilities of the levels of a run's rating scale, "1" to "5" for example, or of "1.0" to "5.0" where a
// model was trained on bands (task/rating_bands.h), each band counting for its level. Not thread-safe: it uses one
// model.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "corpus/rating_scale.h"
#include "recommend/answer_chooser.h"
#include "recommend/answer_options.h"
#include "recommend/question_writer.h"
#include "recommend/rating_calibration.h"
#include "recommend/rating_distribution.h"

namespace p5 {

class GenerativeRatingPredictor {
 public:
  // All arguments must outlive the predictor.
  GenerativeRatingPredictor(SequenceModel& model, const QuestionWriter& writer, std::string prompt_id);

  std::vector<RatingDistribution> predict(std::span<const std::pair<UserId, ItemId>> pairs) const;
  // For prompts that ask about more than a pair: reviews.
  std::vector<RatingDistribution> predict(std::span<const TaskQuestion> questions) const;

 private:
  const QuestionWriter* writer_;
  std::string prompt_id_;
  std::size_t levels_;
  std::vector<std::size_t> level_of_answer_;
  AnswerChooser chooser_;
};

// The number that summarises a distribution over the levels of `scale`; see AnswerOptions::Stars. The median is the
// lowest level with at least half of the mass at or below it.
double stars_of(const RatingDistribution& distribution, AnswerOptions::Stars rule, const RatingCalibration& calibration,
                const RatingScale& scale);

}  // namespace p5
