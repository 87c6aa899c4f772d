// AdamW, Adam and SGD with momentum over flat parameters. Clipping by the global norm and the update are one pass: p5's
// own loops on the CPU, a few kernels on other devices. Not thread-safe.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "train/flat_parameters_module.h"
#include "train/optimizer_kernels.h"
#include "train/trainer.h"

namespace p5 {

// The results depend neither on the number of threads nor on how the work is split.
class Optimizer {
 public:
  // Reads optimizer, weight_decay, beta1, beta2, epsilon, momentum and clip. REQUIRES valid options.
  Optimizer(FlatParameters& parameters, const TrainOptions& options);

  // One step at rate `lr` on the accumulated gradient divided by `divisor`, clipped to the norm of the options; the
  // gradient is zero afterwards. Returns the norm before clipping; when that is not finite, nothing was changed.
  double step(double lr, double divisor);
  // The same with a rate of its own for each parameter: `lr` times its share, in the order of FlatParameters::ranges().
  // A parameter whose share is 0 stays as it is, and its gradient counts for nothing.
  double step(double lr, double divisor, std::span<const double> shares);

  // Values [begin, end) are this process's own part of a parameter that several have parts of: `sum` adds what it is
  // given over all of them, for the norm of the whole gradient.
  void share_norm(std::int64_t begin, std::int64_t end, std::function<double(double)> sum);

  // What a checkpoint must keep: the steps so far and, under their names, buffers of the parameters' layout.
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }
  const std::vector<std::pair<std::string, torch::Tensor>>& buffers() const { return buffers_; }

 private:
  // Of the whole gradient, divided; clips by it, and calls update(scale of the gradient) unless it is not finite.
  template <typename Update>
  double step_with(double divisor, const Update& update);
  void update(std::int64_t begin, std::int64_t end, double lr, double scale);
  double gradient_norm() const;
  double squares(std::int64_t begin, std::int64_t end) const;  // of the gradient
  AdamStep adam_step(double lr, double scale, double decay) const;
  SgdStep sgd_step(double lr, double scale, double decay) const;
  // Elements [begin, end) of every buffer; `decay` is their weight decay.
  void update_in_loops(std::int64_t begin, std::int64_t end, double lr, double scale);
  void update_in_kernels(std::int64_t begin, std::int64_t end, double lr, double scale);

  FlatParameters& parameters_;
  TrainOptions options_;
  bool is_sgd_, is_cpu_;
  std::int64_t steps_ = 0;
  std::vector<std::pair<std::string, torch::Tensor>> buffers_;
  std::int64_t own_begin_ = 0, own_end_ = 0;
  std::function<double(double)> sum_own_;  // empty: this process has no part of its own
};

}  // namespace p5
