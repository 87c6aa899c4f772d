// Families that ask about one review: explanation, review, and custom families (docs/prompts.md). Indices: the
// interactions of the train part of the review split that have what at least one trained prompt needs in question and
// answer. Thread-safe: all const.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "task/sampler_inputs.h"
#include "task/training_prompts.h"
#include "task/training_sampler.h"

namespace p5 {

class TextSampler final : public TrainingSampler {
 public:
  TextSampler(std::string family, const SamplerInputs& inputs);

  const std::string& family() const override { return prompts_.family(); }
  std::size_t size() const override { return positions_.size(); }
  std::optional<UserId> user_of(std::size_t index) const override {
    return split_->corpus().users()[positions_[index]];
  }
  std::optional<std::size_t> place_of(std::size_t index) const override {
    return positions_[index] - split_->corpus().range_of(*user_of(index)).begin;
  }
  // The prompt is uniform over the trained ones that this review has all values for.
  TaskExample sample(std::size_t index, Rng& rng) const override;

 private:
  TaskQuestion question_of(std::size_t interaction) const;

  TrainingPrompts prompts_;
  std::shared_ptr<const Split> split_;
  std::shared_ptr<const ExplanationSet> explanations_;  // may be null: no review has one
  bool rating_bands_;
  RatingScale scale_;
  std::vector<std::size_t> positions_;  // in the corpus's columns
};

}  // namespace p5
