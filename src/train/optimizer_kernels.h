// The arithmetic of optimizers on plain memory: one pass over contiguous floats, vectorised by the compiler. Spans of
// one call have one length. Thread-safe: pure functions of their arguments.
#pragma once

#include <cstddef>
#include <span>

namespace p5 {

// Sum of squares, in double precision and in an order that depends only on the length.
double sum_of_squares(std::span<const float> values);

// Numbers of one step. Doubles, because 1 - beta2 in single precision is off in the fifth digit.
struct AdamStep {
  double learning_rate = 0;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double bias1 = 1, bias2 = 1;  // 1 - beta^t at the t-th step, counted from 1
  double gradient_scale = 1;    // clipping and averaging, folded in
  double decoupled_decay = 0;   // AdamW: weights shrink by learning_rate * decay (Loshchilov and Hutter 2019)
  double added_decay = 0;       // Adam: decay * weight is added to the gradient
};

// Adam (Kingma and Ba 2015) and AdamW. Reads the gradient once and sets it to zero for the next step.
struct AdamSpans {
  std::span<float> weights, gradient, mean, square;
};
void adam_update(const AdamSpans& spans, const AdamStep& step);

struct SgdStep {
  double learning_rate = 0;
  double momentum = 0;
  double gradient_scale = 1;
  double decay = 0;  // decay * weight is added to the gradient
};

// Gradient descent with heavy-ball momentum, as torch::optim::SGD. Sets the gradient to zero.
struct SgdSpans {
  std::span<float> weights, gradient, velocity;
};
void sgd_update(const SgdSpans& spans, const SgdStep& step);

}  // namespace p5
