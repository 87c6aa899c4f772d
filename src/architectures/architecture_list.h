// All architectures, one row each, and models of any of them. Thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "model/architecture.h"

namespace p5 {

std::span<const Architecture> architectures();

// What the weights in a folder are, without loading them. Throws NotFound or Corrupted (model) for missing or bad
// files, Unsupported (model) for a "model_type" that is not in the list.
std::unique_ptr<ModelSpec> read_model_spec(const std::filesystem::path& folder);
// Fresh weights from `seed`, ready to be trained. Loads libp5_torch.so; throws Unavailable (system) when it or the
// device is missing.
std::unique_ptr<SequenceModel> make_sequence_model(const ModelSpec& spec, std::uint64_t seed,
                                                   const DeviceOptions& device);
// Weights from a folder, for evaluation, not for training. Loads libp5_torch.so only where the architecture or the
// device needs it ("auto" is the CPU where no NVIDIA driver is); throws as both of the above.
std::unique_ptr<SequenceModel> load_sequence_model(const std::filesystem::path& folder, const DeviceOptions& device);

}  // namespace p5
