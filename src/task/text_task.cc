#include "task/text_task.h"

#include <algorithm>
#include <cmath>

#include "task/rating_bands.h"
#include "task/rating_task.h"

namespace p5 {

TaskQuestion question_about(const Corpus& corpus, std::size_t interaction, const ExplanationSet* explanations) {
  TaskQuestion question{.user = corpus.users()[interaction],
                        .item = corpus.items()[interaction],
                        .review = corpus.review(interaction),
                        .headline = corpus.headline(interaction)};
  const float rating = corpus.ratings()[interaction];
  if (std::isfinite(rating)) {
    question.rating = star_of(rating);
    question.positive = *question.rating >= kLikeStars;
  }
  const Explanation* explanation = explanations == nullptr ? nullptr : explanations->find(interaction);
  if (explanation != nullptr) {
    question.feature = explanation->feature;
    question.explanation = explanation->sentence;
  }
  return question;
}

TextTask::TextTask(std::string family, const TaskData& data, const TaskOptions& options)
    : PromptedTask(std::move(family), *data.reviews, data.prompts, options),
      split_(data.reviews),
      explanations_(data.explanations) {}

// Answers to single questions need no data, and start sooner without.
const std::vector<std::size_t>& TextTask::positions() const {
  std::call_once(listed_, [this] {
    for (std::size_t i = 0; i < split_->corpus().interaction_count(); ++i) {
      if (split_->part_of(i) == Part::kTrain && !answerable_prompts(question_of(i)).empty()) positions_.push_back(i);
    }
  });
  return positions_;
}

TaskExample TextTask::sample(std::size_t index, Rng& rng) const {
  TaskQuestion question = question_of(positions()[index]);
  const auto prompts = answerable_prompts(question);
  const PromptTemplate& prompt = *prompts[rng.below(prompts.size())];
  std::string stars;
  if (options().rating_bands && prompt.task == PromptTask::kExplain && prompt.target.uses(Slot::kRating)) {
    stars = draw_band_rating(*question.rating, rng);
    question.answered_stars = stars;
  }
  return write(prompt, question, rng);
}

TaskExample TextTask::evaluation_example(std::size_t interaction, std::string_view prompt_id) const {
  return ask(question_of(interaction), prompt_id);
}

}  // namespace p5
