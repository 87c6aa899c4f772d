#include "export/triton_repository.h"

#include <fmt/format.h>

#include <variant>
#include <vector>

namespace p5 {
namespace {

std::string type_name(OnnxType type) {
  switch (type) {
    case OnnxType::kInt64:
      return "TYPE_INT64";
    case OnnxType::kBool:
      return "TYPE_BOOL";
    case OnnxType::kFloat:
      break;
  }
  return "TYPE_FP32";
}

std::string values_text(const char* field, const std::vector<OnnxValue>& values) {
  std::vector<std::string> blocks;
  for (const OnnxValue& value : values) {
    std::vector<std::int64_t> sizes;
    for (const OnnxSize& size : value.shape) {
      const auto* fixed = std::get_if<std::int64_t>(&size);
      sizes.push_back(fixed == nullptr ? -1 : *fixed);
    }
    blocks.push_back(fmt::format("  {{\n    name: \"{}\"\n    data_type: {}\n    dims: [ {} ]\n  }}", value.name,
                                 type_name(value.type), fmt::join(sizes, ", ")));
  }
  return fmt::format("{} [\n{}\n]\n", field, fmt::join(blocks, ",\n"));
}

}  // namespace

std::string triton_model_file(const OnnxGraph& graph) { return graph.name() + "/1/model.onnx"; }
std::string triton_config_file(const OnnxGraph& graph) { return graph.name() + "/config.pbtxt"; }

std::string triton_config(const OnnxGraph& graph) {
  return fmt::format("name: \"{}\"\nbackend: \"onnxruntime\"\nmax_batch_size: 0\n{}{}", graph.name(),
                     values_text("input", graph.inputs()), values_text("output", graph.outputs()));
}

}  // namespace p5
