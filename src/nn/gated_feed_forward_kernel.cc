#include "nn/gated_feed_forward_kernel.h"

#include <algorithm>

#include "nn/cpu_clones.h"
#include "nn/lanes.h"
#include "nn/row_kernels.h"

// Optimized in debug builds too, because tests decode with real models.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3", "no-trapping-math", "no-math-errno")
#endif

namespace p5 {
namespace {

using namespace lanes;

constexpr std::int64_t kSlab = 256;  // hidden units

// gelu(x) = x / 2 * (1 + tanh u) = x / (1 + exp(-2 u)), u = sqrt(2 / pi) * (x + 0.044715 x^3).
P5_INLINE Floats gelu(Floats x) {
  const Floats twice = x * (1.5957691216057308f + 0.0713548162726f * x * x);
  const Floats exponent = -twice;
  const Ints in_range = exponent <= 80.0f;
  return x / (exponential(in_range ? exponent : all(80.0f)) + 1.0f);
}

// values[i] = gelu(gate[i]) * values[i].
P5_CPU_CLONES void gelu_gate(const float* gate, float* values, std::int64_t count) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(gelu(load(gate + i)) * load(values + i), values + i);
  if (i == count) return;
  store_part(gelu(load_part(gate + i, count - i)) * load_part(values + i, count - i), values + i, count - i);
}

}  // namespace

GatedFeedForwardKernel::GatedFeedForwardKernel(const GatedFeedForwardWeights& weights) : weights_(weights) {
  const std::int64_t d_model = weights.d_model, d_ff = weights.d_ff;
  for (std::int64_t first = 0; first < d_ff; first += kSlab) {
    Slab& slab = slabs_.emplace_back();
    slab.first = first;
    slab.width = std::min(kSlab, d_ff - first);
    slab.gate.pack_transposed({weights.gate + first * d_model, slab.width, d_model, d_model});
    slab.input.pack_transposed({weights.input + first * d_model, slab.width, d_model, d_model});
  }
  output_.pack_transposed({weights.output, d_model, d_ff, d_ff});
}

void GatedFeedForwardKernel::forward(std::int64_t rows, const float* states, float* to, Workspace& space) const {
  const MatrixSession session;
  const std::int64_t d_model = weights_.d_model;
  float* normed = space.normed.resize(static_cast<std::size_t>(rows * d_model));
  norm_rows({weights_.norm, d_model, weights_.epsilon}, states, rows, normed,
            space.inverse.resize(static_cast<std::size_t>(rows)));
  space.left_normed.pack({normed, rows, d_model, d_model});
  float* sum = space.sum.resize(static_cast<std::size_t>(rows * d_model));
  for (const Slab& slab : slabs_) {
    const auto size = static_cast<std::size_t>(rows * slab.width);
    float *gate = space.gate.resize(size), *hidden = space.hidden.resize(size);
    multiply(space.left_normed, slab.gate, {gate, rows, slab.width, slab.width});
    multiply(space.left_normed, slab.input, {hidden, rows, slab.width, slab.width});
    gelu_gate(gate, hidden, rows * slab.width);
    space.left_hidden.pack({hidden, rows, slab.width, slab.width});
    multiply(space.left_hidden, output_.rows(slab.first, slab.width), {sum, rows, d_model, d_model},
             &slab == &slabs_.front() ? Sum::kReplace : Sum::kAdd);
  }
  add_dropped(states, sum, to, rows * d_model, {});
}

}  // namespace p5
