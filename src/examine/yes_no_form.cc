#include "examine/yes_no_form.h"

#include <cmath>

#include "evaluate/answer_scores.h"
#include "prompt/prompt_renderer.h"
#include "recommend/answer_chooser.h"

namespace p5 {
namespace {

double share_of_likes(const DataSplits& data, const RatingScale& scale) {
  double liked = 0, count = 0;
  for (const std::size_t i : data.reviews->rated_positions(Part::kTrain)) {
    liked += scale.likes(data.corpus->ratings()[i]) ? 1 : 0;
    ++count;
  }
  return count == 0 ? 0.5 : liked / count;
}

}  // namespace

Answers YesNoForm::answer(std::span<const TaskQuestion> questions) const {
  const bool like = prompt().target.uses(Slot::kLikeDislike);
  const AnswerChooser chooser(run().model, run().bundle.vocabulary->tokenizer(),
                              {std::string(like ? kLikeText : kYesText), std::string(like ? kDislikeText : kNoText)});
  Answers answers;
  in_batches(batched_work(), questions.size(), [&](std::size_t begin, std::size_t size) {
    std::vector<TokenRow> rows;
    for (const TaskQuestion& question : questions.subspan(begin, size)) {
      rows.push_back(run().writer.row(question, prompt().id));
    }
    for (const auto& probabilities : chooser.ask(rows)) answers.numbers.push_back(probabilities.front());
  });
  return answers;
}

std::vector<Baseline> YesNoForm::baselines(std::span<const TaskQuestion> questions) const {
  const double yes = prompt().target.uses(Slot::kLikeDislike) ? share_of_likes(run().data, run().bundle.scale) : 0.5;
  return {{"majority", {.numbers = std::vector<double>(questions.size(), yes)}}};
}

std::vector<Score> YesNoForm::score(std::span<const TaskQuestion> questions, const Answers& answers) const {
  ClassificationMetrics metrics;
  for (std::size_t i = 0; i < questions.size(); ++i) metrics.add(*questions[i].positive, answers.numbers[i]);
  return yes_no_scores(metrics.result());
}

}  // namespace p5
