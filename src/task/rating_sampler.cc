#include "task/rating_sampler.h"

#include <cmath>

#include "task/label_share.h"
#include "task/rating_bands.h"

namespace p5 {
namespace {

std::size_t another_level(std::size_t level, const RatingScale& scale, Rng& rng) {
  const std::size_t drawn = rng.below(scale.level_count() - 1);
  return drawn < level ? drawn : drawn + 1;
}

}  // namespace

RatingSampler::RatingSampler(std::string family, const SamplerInputs& inputs)
    : prompts_(std::move(family), inputs.writer, inputs.options),
      split_(inputs.data.reviews),
      rating_bands_(inputs.options.rating_bands),
      scale_(inputs.data.scale) {
  const auto ratings = split_->corpus().ratings();
  for (std::size_t i = 0; i < ratings.size(); ++i) {
    if (split_->part_of(i) != Part::kTrain || !std::isfinite(ratings[i])) continue;
    if (has_label(inputs, split_->corpus(), split_->corpus().users()[i])) positions_.push_back(i);
  }
}

TaskExample RatingSampler::sample(std::size_t index, Rng& rng) const {
  const Corpus& corpus = split_->corpus();
  const std::size_t at = positions_[index];
  const std::size_t level = scale_.level_of(corpus.ratings()[at]);
  const PromptTemplate& prompt = prompts_.draw(rng);
  TaskQuestion question{.user = corpus.users()[at], .item = corpus.items()[at], .rating = scale_.level(level)};
  std::string stars;
  if (prompt.task == PromptTask::kStar && rating_bands_) {
    stars = draw_band_rating(level, scale_, rng);
    question.answered_stars = stars;
  }
  if (prompt.task == PromptTask::kLikeDislike) question.positive = scale_.likes(*question.rating);
  if (prompt.task == PromptTask::kYesNo) {
    question.positive = rng.coin();
    if (!*question.positive) question.rating = scale_.level(another_level(level, scale_, rng));
  }
  return prompts_.write(question, prompt, rng);
}

}  // namespace p5
