#include "task/rating_sampler.h"

#include <cmath>

#include "task/corpus_questions.h"
#include "task/rating_bands.h"

namespace p5 {
namespace {

int another_star(int star, Rng& rng) {
  const int drawn = 1 + static_cast<int>(rng.below(4));
  return drawn < star ? drawn : drawn + 1;
}

}  // namespace

RatingSampler::RatingSampler(std::string family, const SamplerInputs& inputs)
    : prompts_(std::move(family), inputs.writer, inputs.options),
      split_(inputs.data.reviews),
      rating_bands_(inputs.options.rating_bands) {
  const auto ratings = split_->corpus().ratings();
  for (std::size_t i = 0; i < ratings.size(); ++i) {
    if (split_->part_of(i) == Part::kTrain && std::isfinite(ratings[i])) positions_.push_back(i);
  }
}

TaskExample RatingSampler::sample(std::size_t index, Rng& rng) const {
  const Corpus& corpus = split_->corpus();
  const std::size_t at = positions_[index];
  const int star = star_of(corpus.ratings()[at]);
  const PromptTemplate& prompt = prompts_.draw(rng);
  TaskQuestion question{.user = corpus.users()[at], .item = corpus.items()[at], .rating = star};
  std::string stars;
  if (prompt.task == PromptTask::kStar && rating_bands_) {
    stars = draw_band_rating(star, rng);
    question.answered_stars = stars;
  }
  if (prompt.task == PromptTask::kLikeDislike) question.positive = star >= kLikeStars;
  if (prompt.task == PromptTask::kYesNo) {
    question.positive = rng.coin();
    if (!*question.positive) question.rating = another_star(star, rng);
  }
  return prompts_.write(question, prompt, rng);
}

}  // namespace p5
