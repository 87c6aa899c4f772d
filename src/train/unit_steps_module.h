// Steps that are sums over units (train/unit_source.h), each of which adds a bounded part. Private training (DP-SGD,
// Abadi et al. 2016): a unit's part is the gradient of its examples, scaled down to a norm of privacy.clip; Gaussian
// noise is added to the sum. Federated training (McMahan et al. 2017): a unit is a client, and its part is how far its
// own training moves the weights, w - w_k, which the server's optimizer takes as a gradient (Reddi et al. 2021: plain
// SGD at rate 1 is FedAvg); with both, updates are clipped (McMahan et al. 2018). Reptile (Nichol et al. 2018) is the
// same with users as units, a fixed number of steps for each, and all counted alike: the weights move by the outer rate
// times the mean of w_k - w. Units are drawn by Poisson sampling.
// Not thread-safe.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "privacy/chacha_stream.h"
#include "privacy/privacy_plan.h"
#include "train/collective_module.h"
#include "train/flat_parameters_module.h"
#include "train/trainer.h"
#include "train/unit_source.h"

namespace p5 {

class UnitSteps {
 public:
  // `together`: null where this process trains alone. Throws InvalidArgument (request) for options that would break
  // what private or federated training promises, and as PrivacyPlan::of().
  UnitSteps(UnitSource& units, const TrainOptions& options, FlatParameters& parameters, Collective* together,
            std::int64_t planned_steps);

  // What each step needs of the trainer.
  struct Work {
    std::function<torch::Tensor(const TokenBatch&)> loss;       // mean over the tokens of a batch, with its graph
    std::vector<std::pair<std::int64_t, std::int64_t>> frozen;  // parts [begin, end) of the weights that stay
  };
  // Makes step `step`, counted from 0: the gradient becomes the sum over the step's units, with noise, the same in all
  // processes. Returns what the optimizer has to divide it by.
  double run(std::int64_t step, const Work& work);

  const std::optional<PrivacyPlan>& plan() const { return plan_; }  // of private training
  // The share of parts so far that were longer than privacy.clip; 0 without any.
  double clipped_share() const;

 private:
  struct Sample {
    std::vector<std::int64_t> units;  // all that agreed to take part
    std::vector<std::int64_t> sent;   // of them, those that were not lost
  };
  Sample draw(std::int64_t step) const;
  void add_part(std::int64_t unit, std::int64_t step, const Work& work);
  void gradient_of(std::int64_t unit, std::int64_t step, const Work& work);
  // Training of a unit on its own examples, from the weights that all units of a step begin with.
  struct OwnTraining {
    std::int64_t steps = 1, rows = 1;
    double lr = 0, clip = 0, proximal = 0;
  };
  OwnTraining own_training(std::int64_t unit) const;
  void train_unit(std::int64_t unit, std::int64_t step, const Work& work);
  void freeze(const Work& work);
  double norm() const;  // of the gradient
  double weight_of(std::int64_t unit) const;
  void add_noise(std::int64_t step);
  void sum_plain(const Sample& sample, std::int64_t step, const Work& work);
  void sum_masked(const Sample& sample, std::int64_t step, const Work& work);
  bool is_own(std::int64_t unit) const;
  void agree_on_key(std::uint64_t seed);

  UnitSource& units_;
  const TrainOptions& options_;
  FlatParameters& parameters_;
  Collective* together_;
  std::optional<PrivacyPlan> plan_;
  ChaChaKey key_{};
  double rate_ = 0;      // of the most frequent units
  double expected_ = 0;  // units of a step
  double mean_examples_ = 0;
  std::int64_t parts_ = 0, clipped_ = 0;
  std::size_t cut_ = 0;        // values beyond the fixed point's range
  torch::Tensor sum_, start_;  // flat
};

}  // namespace p5
