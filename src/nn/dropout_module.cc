#include "nn/dropout_module.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <mutex>

#include "nn/cpu_clones.h"

namespace p5 {
namespace {

constexpr std::int64_t kChunk = 1 << 14;

std::uint64_t splitmix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// Element `index` of a chunk is kept when its hash (after Wellons' lowbias32, with a second key) reaches `threshold`.
inline bool keeps(std::uint32_t index, std::uint64_t key, std::uint32_t threshold) {
  std::uint32_t x = index + static_cast<std::uint32_t>(key);
  x = (x ^ (x >> 16)) * 0x7feb352dU;
  x ^= static_cast<std::uint32_t>(key >> 32);
  x = (x ^ (x >> 15)) * 0x846ca68bU;
  return (x ^ (x >> 16)) >= threshold;
}

struct Drop {
  std::uint64_t key;
  std::uint32_t threshold;
  float scale;
};

P5_CPU_CLONES void drop_chunk(const float* __restrict from, float* __restrict to, std::uint32_t length,
                              const Drop& drop) {
  const Drop here = drop;  // a copy, which the stores cannot change
  for (std::uint32_t i = 0; i < length; ++i) {
    // Without a branch, so that the loop runs on vectors.
    const std::uint32_t mask = keeps(i, here.key, here.threshold) ? 0xffffffffU : 0U;
    to[i] = std::bit_cast<float>(std::bit_cast<std::uint32_t>(from[i] * here.scale) & mask);
  }
}

torch::Tensor drop_on_cpu(const torch::Tensor& input, double probability, std::uint64_t seed) {
  const torch::Tensor from = input.contiguous();
  torch::Tensor to = torch::empty_like(from);
  const float* x = from.data_ptr<float>();
  float* y = to.data_ptr<float>();
  const std::int64_t count = from.numel();
  const auto threshold = static_cast<std::uint32_t>(probability * 4294967296.0);
  const auto scale = static_cast<float>(1.0 / (1.0 - probability));
  at::parallel_for(0, (count + kChunk - 1) / kChunk, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t chunk = begin; chunk < end; ++chunk) {
      const std::int64_t start = chunk * kChunk;
      drop_chunk(x + start, y + start, static_cast<std::uint32_t>(std::min(kChunk, count - start)),
                 {splitmix64(seed + static_cast<std::uint64_t>(chunk)), threshold, scale});
    }
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

std::int64_t draw_seed() {
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return static_cast<std::int64_t>(at::check_generator<at::CPUGeneratorImpl>(generator)->random64());
}

}  // namespace

torch::Tensor hashed_dropout(const torch::Tensor& input, double probability, bool training) {
  if (!training || probability <= 0.0) return input;
  if (!input.is_cpu() || input.scalar_type() != torch::kFloat) return torch::dropout(input, probability, true);
  return DropoutFunction::apply(input, probability, draw_seed());
}

}  // namespace p5
