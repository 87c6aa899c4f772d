// A TokenBatch as tensors. Everything is checked here, on the host: on a device, an id out of range would be undefined
// behaviour or end the process. Thread-safe: free functions.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "t5/t5_module.h"
#include "t5/t5_spec.h"
#include "text/token_batch.h"

namespace p5 {

// What the decoder reads and should predict, on one device.
struct TargetTensors {
  torch::Tensor input;   // [tokens] int64: the batch's decoder input, or the target shifted right after the start
  SequenceRuns runs;     // of `input`
  torch::Tensor kept;    // [kept] int64: positions of kept tokens in `input`
  torch::Tensor labels;  // [kept] int64
  torch::Tensor row;     // [kept] int64: the row of each
  torch::Tensor counts;  // [rows] float32: kept tokens of each row
};

// A batch without padding gets no mask, one without whole-word ids no whole-word tensor. Throws InvalidArgument
// (request) when sizes disagree, or a token or whole-word id is out of range.
SourceTensors source_tensors(const TokenBatch& batch, const T5Spec& spec, torch::Device device);
// Whether every target is padded to the batch's length, or to that of its run (target_runs.h).
enum class TargetPadding { kKeep, kByRun };

// The same for targets; also throws when no target token is kept.
TargetTensors target_tensors(const TokenBatch& batch, const T5Spec& spec, torch::Device device, TargetPadding padding);

// [rows] float32, or undefined when every row weighs 1. Throws InvalidArgument for weights that are negative or not
// finite.
torch::Tensor row_weights(const TokenBatch& batch, torch::Device device);

}  // namespace p5
