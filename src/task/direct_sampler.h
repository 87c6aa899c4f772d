// Which item to offer a user, with no history in the text. Indices: users with at least one training item.
// Thread-safe: all const.
#pragma once

#include <string>

#include "task/ranking_questions.h"
#include "task/training_sampler.h"

namespace p5 {

class DirectSampler final : public TrainingSampler {
 public:
  DirectSampler(std::string family, const SamplerInputs& inputs) : questions_(std::move(family), inputs, 1) {}

  const std::string& family() const override { return questions_.prompts().family(); }
  std::size_t size() const override { return questions_.user_count(); }
  std::optional<UserId> user_of(std::size_t index) const override { return questions_.user_of(index); }
  // The target is uniform over the user's training items.
  TaskExample sample(std::size_t index, Rng& rng) const override;

 private:
  RankingQuestions questions_;
};

}  // namespace p5
