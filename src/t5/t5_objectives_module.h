// Objectives that a T5 can be trained on, one row each. A batch names its own (TokenBatch::objective). Thread-safe:
// free functions.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "model/trainable_module.h"
#include "t5/batch_tensors_module.h"
#include "t5/t5_module.h"
#include "t5/t5_spec.h"
#include "text/token_batch.h"

namespace p5 {

// Valid only during a call.
struct T5OnDevice {
  T5Module& module;
  const T5Spec& spec;
  torch::Device device;
};

// An objective as one sum: over kept target tokens of the factor of their row times -log p, divided by `divisor`.
struct RowFactors {
  std::vector<float> rows;  // [rows]
  double divisor = 1;
  double tokens = 0;  // TrainingLoss::tokens
};

struct T5Objective {
  std::string_view name;
  TrainingLoss (*loss)(const T5OnDevice& model, const TokenBatch& batch);
  RowFactors (*factors)(const TokenBatch& batch);  // the same loss, for passes of fixed shapes
};

// The first is token cross entropy.
std::span<const T5Objective> t5_objectives();
// Throws InvalidArgument (request) for a number that is not in the list.
const T5Objective& t5_objective(std::uint8_t number);

// -log softmax(states * output^T)[label] of kept tokens, [kept]; states [tokens, d_model] as T5Module::decode() returns
// them. Padding is never multiplied by the output matrix.
torch::Tensor token_losses(T5Module& module, const torch::Tensor& states, const TargetTensors& target);
// Sums over the kept tokens of each row, [rows].
torch::Tensor sum_by_row(const torch::Tensor& losses, const TargetTensors& target);

}  // namespace p5
