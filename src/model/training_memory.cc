#include "model/training_memory.h"

namespace p5 {
namespace {

constexpr double kBytes = 4;  // of a float32

}  // namespace

TrainingMemory training_memory(const ModelSpec& spec, std::int64_t optimizer_buffers, std::int64_t batch_tokens) {
  const auto width = static_cast<double>(spec.d_model), hidden = static_cast<double>(spec.d_ff);
  const double inner = static_cast<double>(spec.num_heads) * static_cast<double>(spec.d_kv);
  // Inputs of each product: of q, k, v (one), o, wi and wo, and the projected q, k, v.
  const double encoder = static_cast<double>(spec.num_layers) * (2 * width + 4 * inner + hidden);
  TrainingMemory memory;
  memory.state = kBytes * static_cast<double>(spec.parameter_count()) * static_cast<double>(3 + optimizer_buffers);
  // A batch is mostly sources, so that all of its tokens are counted as such.
  memory.activations = kBytes * static_cast<double>(batch_tokens) * encoder;
  return memory;
}

}  // namespace p5
