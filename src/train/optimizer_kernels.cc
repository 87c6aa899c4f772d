#include "train/optimizer_kernels.h"

#include <algorithm>
#include <cmath>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

// Optimized in debug builds too, because tests train real models.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3", "no-trapping-math")
#endif

// Two bodies, picked once at load time by processor, so that the portable build still runs at full width.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define P5_WIDE __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define P5_WIDE
#endif

namespace p5 {
namespace {

// values[i] becomes its square root. Compilers that let the square root set errno do not vectorise it themselves.
void take_roots(float* values, std::size_t count) {
  std::size_t i = 0;
#ifdef __SSE2__
  for (; i + 4 <= count; i += 4) _mm_storeu_ps(values + i, _mm_sqrt_ps(_mm_loadu_ps(values + i)));
#endif
  for (; i < count; ++i) values[i] = std::sqrt(values[i]);
}

}  // namespace

P5_WIDE double sum_of_squares(std::span<const float> values) {
  constexpr std::size_t kLanes = 16;
  double lanes[kLanes] = {};
  const std::size_t whole = values.size() / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const double value = values[i + lane];
      lanes[lane] += value * value;
    }
  }
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  for (std::size_t i = whole; i < values.size(); ++i) sum += static_cast<double>(values[i]) * values[i];
  return sum;
}

P5_WIDE void adam_update(const AdamSpans& spans, const AdamStep& step) {
  float* __restrict weights = spans.weights.data();
  float* __restrict gradient = spans.gradient.data();
  float* __restrict mean = spans.mean.data();
  float* __restrict square = spans.square.data();
  const auto scale = static_cast<float>(step.gradient_scale), decay = static_cast<float>(step.added_decay);
  const auto keep_mean = static_cast<float>(step.beta1), add_mean = static_cast<float>(1 - step.beta1);
  const auto keep_square = static_cast<float>(step.beta2), add_square = static_cast<float>(1 - step.beta2);
  const auto shrink = static_cast<float>(1 - step.learning_rate * step.decoupled_decay);
  const auto rate = static_cast<float>(step.learning_rate / step.bias1);
  const auto root_bias = static_cast<float>(1 / std::sqrt(step.bias2)), epsilon = static_cast<float>(step.epsilon);
  constexpr std::size_t kBlock = 512;  // the roots of a block stay in the first-level cache
  float roots[kBlock];
  for (std::size_t begin = 0; begin < spans.weights.size(); begin += kBlock) {
    const std::size_t count = std::min(kBlock, spans.weights.size() - begin);
    for (std::size_t i = 0; i < count; ++i) {
      const float slope = gradient[i] * scale + decay * weights[i];
      gradient[i] = 0.0f;
      mean[i] = keep_mean * mean[i] + add_mean * slope;
      roots[i] = square[i] = keep_square * square[i] + add_square * slope * slope;
    }
    take_roots(roots, count);
    for (std::size_t i = 0; i < count; ++i) {
      weights[i] = weights[i] * shrink - rate * mean[i] / (roots[i] * root_bias + epsilon);
    }
    weights += count, gradient += count, mean += count, square += count;
  }
}

P5_WIDE void sgd_update(const SgdSpans& spans, const SgdStep& step) {
  float* __restrict weights = spans.weights.data();
  float* __restrict gradient = spans.gradient.data();
  float* __restrict velocity = spans.velocity.data();
  const auto scale = static_cast<float>(step.gradient_scale), decay = static_cast<float>(step.decay);
  const auto momentum = static_cast<float>(step.momentum), rate = static_cast<float>(step.learning_rate);
  for (std::size_t i = 0; i < spans.weights.size(); ++i) {
    const float slope = gradient[i] * scale + decay * weights[i];
    gradient[i] = 0.0f;
    velocity[i] = momentum * velocity[i] + slope;
    weights[i] -= rate * velocity[i];
  }
}

}  // namespace p5
