// Tensors and generators as files of a checkpoint. Thread-safe: functions of their arguments, except for the
// generators, which belong to the whole program.
#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "train/checkpoint.h"
#include "train/sharded_rows_module.h"

namespace p5 {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

// REQUIRES contiguous float32 tensors on the CPU.
void save_tensors(const std::filesystem::path& file, const NamedTensors& tensors);
// Fills the tensors in place, on any device. Throws Corrupted (model) when the file holds other names or shapes.
// `sharded`, not null: of tensors whose name ends in its name the file holds all rows, and the own ones are read.
struct ShardedTensor {
  std::string name;
  ShardedRows rows;
};
void load_tensors(const CheckpointFile& file, const NamedTensors& tensors, const ShardedTensor* sharded = nullptr);

// The state of torch's default generator of a device, which dropout draws from.
std::string generator_state(torch::Device device);
void set_generator_state(torch::Device device, const CheckpointFile& file);

}  // namespace p5
