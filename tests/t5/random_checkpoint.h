// Checkpoints of random weights, written without LibTorch.
#pragma once

#include <cmath>
#include <filesystem>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "model/safetensors.h"
#include "support/temporary_folder.h"
#include "t5/model_batches.h"
#include "t5/t5_cpu_model.h"
#include "t5/tensor_names.h"

namespace p5::test {

// config.json and model.safetensors of `spec`: matrices of deviation 1 / sqrt(columns), so that states neither vanish
// nor explode, norms around 1.
inline void write_random_checkpoint(const std::filesystem::path& folder, const T5Spec& spec, std::uint32_t seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<std::vector<float>> values;
  std::vector<TensorRecord> records;
  for (const ExpectedTensor& tensor : expected_tensors(spec)) {
    std::size_t count = 1;
    for (const std::int64_t size : tensor.shape) count *= static_cast<std::size_t>(size);
    const bool norm = tensor.shape.size() == 1;
    const bool table = tensor.name == kSharedName || tensor.name == kWholeWordName;
    const float scale = norm ? 0.1f : table ? 1.0f : 1.0f / std::sqrt(static_cast<float>(tensor.shape.back()));
    std::vector<float>& to = values.emplace_back(count);
    for (float& value : to) value = (norm ? 1.0f : 0.0f) + scale * normal(generator);
    records.push_back({tensor.name, TensorType::kF32, tensor.shape, std::as_bytes(std::span(to))});
  }
  std::filesystem::create_directories(folder);
  write_safetensors(folder / "model.safetensors", std::move(records));
  spec.write_json(folder / "config.json");
}

inline std::unique_ptr<T5CpuModel> random_model(const T5Spec& spec, std::uint32_t seed,
                                                const DeviceOptions& device = kCpu) {
  const TemporaryFolder folder;
  write_random_checkpoint(folder.path(), spec, seed);
  return T5CpuModel::load(folder.path(), device);
}

}  // namespace p5::test
