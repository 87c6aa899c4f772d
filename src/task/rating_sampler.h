// How many stars a user gives an item, whether a proposed rating is right, like or dislike. Indices: the rated
// interactions of the train part of the review split. Thread-safe: all const.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "task/sampler_inputs.h"
#include "task/training_prompts.h"
#include "task/training_sampler.h"

namespace p5 {

class RatingSampler final : public TrainingSampler {
 public:
  RatingSampler(std::string family, const SamplerInputs& inputs);

  const std::string& family() const override { return prompts_.family(); }
  std::size_t size() const override { return positions_.size(); }
  std::optional<UserId> user_of(std::size_t index) const override {
    return split_->corpus().users()[positions_[index]];
  }
  std::optional<std::size_t> place_of(std::size_t index) const override {
    return positions_[index] - split_->corpus().range_of(*user_of(index)).begin;
  }
  // Yes/no: half of the draws propose the true stars, the others another number of stars, uniformly, as in P5.
  // Stars are drawn from bands when task.rating_bands asks for it.
  TaskExample sample(std::size_t index, Rng& rng) const override;

 private:
  TrainingPrompts prompts_;
  std::shared_ptr<const Split> split_;
  bool rating_bands_;
  RatingScale scale_;
  std::vector<std::size_t> positions_;  // in the corpus's columns
};

}  // namespace p5
