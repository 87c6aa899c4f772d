// Pretraining on sessions: whether B continues A, the next-sentence task of BERT (Devlin et al. 2019) carried over to
// histories. Half of the draws show a user's own items after A, the others those of another user. Indices: users with
// at least four training items. Thread-safe: all const.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "task/sampler_inputs.h"
#include "task/training_sampler.h"

namespace p5 {

class NextSessionSampler final : public TrainingSampler {
 public:
  NextSessionSampler(std::string family, const SamplerInputs& inputs);
  const std::string& family() const override { return family_; }
  std::size_t size() const override { return users_.size() > 1 ? users_.size() : 0; }
  TaskExample sample(std::size_t index, Rng& rng) const override;

 private:
  std::string family_;
  std::shared_ptr<const Split> split_;
  TaskOptions options_;
  std::vector<UserId> users_;
};

}  // namespace p5
