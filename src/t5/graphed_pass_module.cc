#include "t5/graphed_pass_module.h"

#include <algorithm>
#include <utility>

#include "nn/autocast_module.h"
#include "t5/t5_objectives_module.h"

namespace p5 {
namespace {

// The shape that was not used for the longest time goes first.
constexpr std::size_t kMostShapes = 96;

torch::Tensor first_trained(const T5Module& module) {
  for (const torch::Tensor& parameter : module.parameters()) {
    if (parameter.requires_grad() && parameter.grad().defined()) return parameter;
  }
  return {};
}

const void* gradient_of(const torch::Tensor& parameter) {
  return parameter.defined() && parameter.grad().defined() ? parameter.grad().data_ptr() : nullptr;
}

}  // namespace

GraphedPasses::GraphedPasses(T5Module& module, const T5Spec& spec, torch::Device device, bool bfloat16)
    : module_(module),
      spec_(spec),
      device_(device),
      bfloat16_(bfloat16),
      first_(first_trained(module)),
      gradients_(gradient_of(first_)),
      graphs_(device) {}

bool GraphedPasses::fits(bool bfloat16) const {
  return bfloat16 == bfloat16_ && gradients_ != nullptr && gradient_of(first_) == gradients_;
}

std::int64_t GraphedPasses::recorded() const {
  return std::ranges::count_if(shapes_, [](const auto& shape) { return shape->graph != nullptr; });
}

GraphedPasses::Shape& GraphedPasses::place_for(const FixedShape& shape) {
  const auto found = std::ranges::find_if(shapes_, [&](const auto& known) { return known->tensors.shape() == shape; });
  if (found != shapes_.end()) {
    shapes_.splice(shapes_.begin(), shapes_, found);
  } else {
    if (shapes_.size() >= kMostShapes) shapes_.pop_back();
    shapes_.push_front(std::make_unique<Shape>(shape, device_));
  }
  return *shapes_.front();
}

torch::Tensor GraphedPasses::run(const FixedTensors& tensors) {
  const FixedTensors::Loss loss = [&] {
    const AutocastScope products(device_, bfloat16_);
    return tensors.loss(module_, spec_);
  }();
  loss.sum.backward();
  return torch::cat({loss.sum.detach().reshape({1}), loss.rows});
}

torch::Tensor GraphedPasses::pass(Shape& shape) {
  if (!graphs_.can_record() || shape.passes++ == 0) return run(shape.tensors);
  if (shape.graph == nullptr) {
    shape.graph = std::make_unique<DeviceGraph>(graphs_, [&] { shape.numbers = run(shape.tensors); });
  }
  shape.graph->replay();
  return shape.numbers;
}

TrainingPass GraphedPasses::add_gradients(const TokenBatch& batch) {
  RowFactors factors = t5_objective(batch.objective).factors(batch);
  const double scale = factors.tokens / factors.divisor;
  for (float& factor : factors.rows) factor = static_cast<float>(factor * scale);
  const FixedBatch fixed = fixed_batch(batch, spec_, factors.rows);
  torch::Tensor numbers;
  {
    const DeviceGraphs::Scope scope(graphs_);
    Shape& shape = place_for(fixed.shape);
    shape.tensors.take(fixed, host_);
    numbers = pass(shape).to(torch::kCPU);
  }
  const float* values = numbers.data_ptr<float>();
  return {.mean = factors.tokens > 0 ? values[0] / factors.tokens : 0.0,
          .rows = {values + 1, values + 1 + batch.rows},
          .tokens = factors.tokens,
          .padded_tokens = fixed.padded_tokens};
}

}  // namespace p5
