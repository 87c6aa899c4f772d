// Writes a graph as an ONNX model: IR version 8 with opset 17, which onnxruntime from 1.12, TensorRT from 8.5 and
// Triton read. Thread-safe: free functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "onnx/onnx_graph.h"

namespace p5 {

inline constexpr std::int64_t kOnnxIrVersion = 8, kOnnxOpset = 17;
// No protobuf message may have 2 GiB or more; this leaves room for what is not weights.
inline constexpr std::uint64_t kOnnxFileLimit = 2'000'000'000;

struct OnnxFileOptions {
  // Weights of more bytes than this, all together, go to a second file, NAME.data, next to the first.
  std::uint64_t external_above = kOnnxFileLimit;
  std::map<std::string, std::string> metadata = {};  // shown by viewers
};

// Each file is whole or absent. Throws Unavailable (system); Unsupported (model) for a graph whose nodes alone are too
// large for one file.
void write_onnx(const std::filesystem::path& path, const OnnxGraph& graph, const OnnxFileOptions& options = {});

}  // namespace p5
