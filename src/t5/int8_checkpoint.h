// Weights of a T5 in 8-bit integers: a quarter of the bytes, and an engine that multiplies integers. Torch-free;
// thread-safe: free functions.
#pragma once

#include <filesystem>
#include <string>

#include "model/safetensors.h"
#include "t5/t5_spec.h"

namespace p5 {

// Writes the weights of a T5 with its config.json to a folder: matrices and tables as I8 with a scale for each row
// (model/safetensors.h), which is an output channel or a token; norms, biases, weights of evidence and the small tables
// of position biases in float32. Throws Corrupted (model) for a weight that is not finite, Unsupported (model) for a
// model that is too wide.
void write_int8_checkpoint(const std::filesystem::path& folder, const T5Spec& spec, const SafetensorsFile& file);

// Throws Unsupported (model) where sums of that many products of 8-bit integers may not fit 32 bits.
void require_int8_widths(const T5Spec& spec, const std::string& where);

}  // namespace p5
