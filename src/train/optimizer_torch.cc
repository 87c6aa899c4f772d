#include <torch/version.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "nn/layer_team.h"
#include "train/optimizer_module.h"

namespace p5 {
namespace {

constexpr std::int64_t kChunk = 1 << 16;  // floats per task: a multiple of the parameters' alignment

std::span<float> part_of(const torch::Tensor& flat, std::int64_t begin, std::int64_t end) {
  return {flat.data_ptr<float>() + begin, static_cast<std::size_t>(end - begin)};
}

// Calls body(first, last) over [begin, end) in chunks, on the layer team.
template <typename Body>
void for_chunks(std::int64_t begin, std::int64_t end, const Body& body) {
  for_each_on_team((end - begin + kChunk - 1) / kChunk, [&](std::int64_t chunk) {
    const std::int64_t start = begin + chunk * kChunk;
    body(start, std::min(end, start + kChunk));
  });
}

// LibTorch 2.1 has Adam as one GPU kernel; LibTorch's operators need eleven passes over memory.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 1)
constexpr bool kHasFusedAdam = true;
void fused_adam_on_gpu(const torch::Tensor& weights, const torch::Tensor& gradient, const torch::Tensor& mean,
                       const torch::Tensor& square, const AdamStep& step, std::int64_t steps) {
  const torch::Tensor count = torch::full({}, static_cast<float>(steps), weights.options());
  const torch::Tensor divisor = torch::full({}, 1 / step.gradient_scale, weights.options());
  if (step.decoupled_decay > 0) {
    at::_fused_adamw_({weights}, {gradient}, {mean}, {square}, {}, {count}, step.learning_rate, step.beta1, step.beta2,
                      step.decoupled_decay, step.epsilon, /*amsgrad=*/false, /*maximize=*/false, divisor);
  } else {
    at::_fused_adam_({weights}, {gradient}, {mean}, {square}, {}, {count}, step.learning_rate, step.beta1, step.beta2,
                     step.added_decay, step.epsilon, /*amsgrad=*/false, /*maximize=*/false, divisor);
  }
}
#else
constexpr bool kHasFusedAdam = false;
void fused_adam_on_gpu(const torch::Tensor&, const torch::Tensor&, const torch::Tensor&, const torch::Tensor&,
                       const AdamStep&, std::int64_t) {}
#endif

}  // namespace

Optimizer::Optimizer(FlatParameters& parameters, const TrainOptions& options)
    : parameters_(parameters),
      options_(options),
      is_sgd_(options.optimizer == TrainOptions::Rule::kSgd),
      is_cpu_(parameters.weights().is_cpu()) {
  const auto add = [&](const char* name) { buffers_.emplace_back(name, torch::zeros_like(parameters.weights())); };
  if (is_sgd_) {
    add("velocity");
  } else {
    add("mean");
    add("square");
  }
}

template <typename Update>
double Optimizer::step_with(double divisor, const Update& update) {
  const torch::NoGradGuard no_gradient;
  const double norm = gradient_norm() / divisor;
  if (!std::isfinite(norm)) return norm;
  ++steps_;
  // As torch's clip_grad_norm_, including its guard against division by zero.
  const double clip = options_.clip > 0 ? std::min(1.0, options_.clip / (norm + 1e-6)) : 1.0;
  update(clip / divisor);
  return norm;
}

void Optimizer::update(std::int64_t begin, std::int64_t end, double lr, double scale) {
  is_cpu_ ? update_in_loops(begin, end, lr, scale) : update_in_kernels(begin, end, lr, scale);
}

double Optimizer::step(double lr, double divisor) {
  return step_with(divisor, [&](double scale) {
    update(0, parameters_.decayed_size(), lr, scale);
    update(parameters_.decayed_size(), parameters_.size(), lr, scale);
  });
}

double Optimizer::step(double lr, double divisor, std::span<const double> shares) {
  const std::vector<FlatParameters::Range> ranges = parameters_.ranges();
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    torch::Tensor gradient = parameters_.gradient();
    if (shares[i] == 0) gradient.narrow(0, ranges[i].begin, ranges[i].end - ranges[i].begin).zero_();
  }
  return step_with(divisor, [&](double scale) {
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      if (shares[i] > 0) update(ranges[i].begin, ranges[i].end, lr * shares[i], scale);
    }
  });
}

void Optimizer::share_norm(std::int64_t begin, std::int64_t end, std::function<double(double)> sum) {
  own_begin_ = begin;
  own_end_ = end;
  sum_own_ = std::move(sum);
}

double Optimizer::gradient_norm() const {
  const torch::Tensor& gradient = parameters_.gradient();
  if (!is_cpu_) return gradient.norm().item<double>();
  if (!sum_own_) return std::sqrt(squares(0, gradient.numel()));
  const double own = sum_own_(squares(own_begin_, own_end_));
  return std::sqrt(squares(0, own_begin_) + own + squares(own_end_, gradient.numel()));
}

double Optimizer::squares(std::int64_t begin, std::int64_t end) const {
  const torch::Tensor& gradient = parameters_.gradient();
  std::vector<double> sums(static_cast<std::size_t>((end - begin + kChunk - 1) / kChunk));
  for_chunks(begin, end, [&](std::int64_t first, std::int64_t last) {
    sums[static_cast<std::size_t>((first - begin) / kChunk)] = sum_of_squares(part_of(gradient, first, last));
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

AdamStep Optimizer::adam_step(double lr, double scale, double decay) const {
  const bool decoupled = options_.optimizer == TrainOptions::Rule::kAdamW;
  return {.learning_rate = lr,
          .beta1 = options_.beta1,
          .beta2 = options_.beta2,
          .epsilon = options_.epsilon,
          .bias1 = 1 - std::pow(options_.beta1, static_cast<double>(steps_)),
          .bias2 = 1 - std::pow(options_.beta2, static_cast<double>(steps_)),
          .gradient_scale = scale,
          .decoupled_decay = decoupled ? decay : 0,
          .added_decay = decoupled ? 0 : decay};
}

SgdStep Optimizer::sgd_step(double lr, double scale, double decay) const {
  return {.learning_rate = lr, .momentum = options_.momentum, .gradient_scale = scale, .decay = decay};
}

void Optimizer::update_in_loops(std::int64_t begin, std::int64_t end, double lr, double scale) {
  const double decay = begin < parameters_.decayed_size() ? options_.weight_decay : 0;
  const SgdStep sgd = sgd_step(lr, scale, decay);
  const AdamStep adam = adam_step(lr, scale, decay);
  for_chunks(begin, end, [&](std::int64_t first, std::int64_t last) {
    const auto weights = part_of(parameters_.weights(), first, last);
    const auto gradient = part_of(parameters_.gradient(), first, last);
    const auto state = part_of(buffers_[0].second, first, last);
    if (is_sgd_) {
      sgd_update({weights, gradient, state}, sgd);
    } else {
      adam_update({weights, gradient, state, part_of(buffers_[1].second, first, last)}, adam);
    }
  });
}

void Optimizer::update_in_kernels(std::int64_t begin, std::int64_t end, double lr, double scale) {
  if (begin == end) return;
  const double decay = begin < parameters_.decayed_size() ? options_.weight_decay : 0;
  const auto part = [&](const torch::Tensor& flat) { return flat.narrow(0, begin, end - begin); };
  torch::Tensor weights = part(parameters_.weights()), gradient = part(parameters_.gradient());
  torch::Tensor state = part(buffers_[0].second);
  if (!is_sgd_ && kHasFusedAdam && weights.is_cuda()) {
    fused_adam_on_gpu(weights, gradient, state, part(buffers_[1].second), adam_step(lr, scale, decay), steps_);
    gradient.zero_();
    return;
  }
  gradient.mul_(scale);
  if (is_sgd_) {
    gradient.add_(weights, decay);
    state.mul_(options_.momentum).add_(gradient);
    weights.sub_(state, lr);
  } else {
    const AdamStep step = adam_step(lr, scale, decay);
    torch::Tensor square = part(buffers_[1].second);
    if (step.added_decay > 0) gradient.add_(weights, step.added_decay);
    state.mul_(step.beta1).add_(gradient, 1 - step.beta1);
    square.mul_(step.beta2).addcmul_(gradient, gradient, 1 - step.beta2);
    weights.mul_(1 - lr * step.decoupled_decay);
    weights.addcdiv_(state, square.sqrt().mul_(1 / std::sqrt(step.bias2)).add_(step.epsilon), -lr / step.bias1);
  }
  gradient.zero_();
}

}  // namespace p5
