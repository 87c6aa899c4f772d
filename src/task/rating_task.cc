#include "task/rating_task.h"

#include <cmath>
#include <string>

#include "task/rating_bands.h"

namespace p5 {
namespace {

int another_star(int star, Rng& rng) {
  const int drawn = 1 + static_cast<int>(rng.below(4));
  return drawn < star ? drawn : drawn + 1;
}

}  // namespace

RatingTask::RatingTask(const TaskData& data, const TaskOptions& options)
    : PromptedTask("rating", *data.reviews, data.prompts, options), split_(data.reviews) {
  const auto ratings = split_->corpus().ratings();
  for (std::size_t i = 0; i < ratings.size(); ++i) {
    if (split_->part_of(i) == Part::kTrain && std::isfinite(ratings[i])) positions_.push_back(i);
  }
}

TaskExample RatingTask::sample(std::size_t index, Rng& rng) const {
  const Corpus& corpus = split_->corpus();
  const std::size_t at = positions_[index];
  const int star = star_of(corpus.ratings()[at]);
  const PromptTemplate& prompt = draw_prompt(rng);
  TaskQuestion question{.user = corpus.users()[at], .item = corpus.items()[at], .rating = star};
  std::string stars;
  if (prompt.task == PromptTask::kStar && options().rating_bands) {
    stars = draw_band_rating(star, rng);
    question.answered_stars = stars;
  }
  if (prompt.task == PromptTask::kLikeDislike) question.positive = star >= kLikeStars;
  if (prompt.task == PromptTask::kYesNo) {
    question.positive = rng.coin();
    if (!*question.positive) question.rating = another_star(star, rng);
  }
  return write(prompt, question, rng);
}

TaskExample RatingTask::evaluation_example(UserId user, ItemId item, std::string_view prompt_id, float rating) const {
  TaskQuestion question{.user = user, .item = item};
  if (std::isfinite(rating)) {
    const int star = star_of(rating);
    question.rating = star;
    question.positive = prompt_of_family(prompt_id).task == PromptTask::kYesNo || star >= kLikeStars;
  }
  return ask(question, prompt_id);
}

}  // namespace p5
