#include "task/text_sampler.h"

#include "task/corpus_questions.h"
#include "task/label_share.h"
#include "task/rating_bands.h"

namespace p5 {

TextSampler::TextSampler(std::string family, const SamplerInputs& inputs)
    : prompts_(std::move(family), inputs.writer, inputs.options),
      split_(inputs.data.reviews),
      explanations_(inputs.data.explanations),
      rating_bands_(inputs.options.rating_bands),
      scale_(inputs.data.scale) {
  for (std::size_t i = 0; i < split_->corpus().interaction_count(); ++i) {
    if (split_->part_of(i) != Part::kTrain || !has_label(inputs, split_->corpus(), split_->corpus().users()[i]))
      continue;
    if (!prompts_.answerable(question_of(i)).empty()) positions_.push_back(i);
  }
}

TaskQuestion TextSampler::question_of(std::size_t interaction) const {
  return question_about(split_->corpus(), interaction, explanations_.get(), scale_);
}

TaskExample TextSampler::sample(std::size_t index, Rng& rng) const {
  TaskQuestion question = question_of(positions_[index]);
  const auto prompts = prompts_.answerable(question);
  const PromptTemplate& prompt = *prompts[rng.below(prompts.size())];
  std::string stars;
  if (rating_bands_ && prompt.task == PromptTask::kExplain && prompt.target.uses(Slot::kRating)) {
    stars = draw_band_rating(scale_.level_of(*question.rating), scale_, rng);
    question.answered_stars = stars;
  }
  return prompts_.write(question, prompt, rng);
}

}  // namespace p5
