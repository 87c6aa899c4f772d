#include "nn/dropout_module.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cstdint>
#include <mutex>

#include "nn/layer_team.h"
#include "nn/row_kernels.h"

namespace p5 {
namespace {

constexpr std::int64_t kChunk = 1 << 14;

torch::Tensor drop_on_cpu(const torch::Tensor& input, double probability, std::uint64_t seed) {
  const torch::Tensor from = input.contiguous();
  torch::Tensor to = torch::empty_like(from);
  const float* x = from.data_ptr<float>();
  float* y = to.data_ptr<float>();
  const std::int64_t count = from.numel();
  for_each_on_team((count + kChunk - 1) / kChunk, [&](std::int64_t chunk) {
    const std::int64_t start = chunk * kChunk;
    drop(x + start, y + start, std::min(kChunk, count - start),
         DropoutKey::of(probability, seed, static_cast<std::uint64_t>(chunk)));
  });
  return to;
}

class DropoutFunction : public torch::autograd::Function<DropoutFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& input,
                               double probability, std::int64_t seed) {
    context->saved_data["probability"] = probability;
    context->saved_data["seed"] = seed;
    return drop_on_cpu(input, probability, static_cast<std::uint64_t>(seed));
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list gradients) {
    const double probability = context->saved_data["probability"].toDouble();
    const auto seed = static_cast<std::uint64_t>(context->saved_data["seed"].toInt());
    return {drop_on_cpu(gradients[0], probability, seed), torch::Tensor(), torch::Tensor()};
  }
};

}  // namespace

std::uint64_t draw_dropout_seed() {
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return at::check_generator<at::CPUGeneratorImpl>(generator)->random64();
}

torch::Tensor hashed_dropout(const torch::Tensor& input, double probability, bool training) {
  if (!training || probability <= 0.0) return input;
  if (!input.is_cpu() || input.scalar_type() != torch::kFloat) return torch::dropout(input, probability, true);
  return DropoutFunction::apply(input, probability, static_cast<std::int64_t>(draw_dropout_seed()));
}

}  // namespace p5
