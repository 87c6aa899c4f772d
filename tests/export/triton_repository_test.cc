#include "export/triton_repository.h"

#include <gtest/gtest.h>

namespace p5 {
namespace {

TEST(TritonRepository, NamesInputsAndOutputsWithTheirTypesAndSizes) {
  OnnxGraph graph("p5_scorer");
  const std::string history = graph.input({"history", OnnxType::kInt64, {"batch", "length"}});
  graph.output(graph.node("Cast", {history}, {{"to", std::int64_t{1}}}), {"scores", OnnxType::kFloat, {"batch", 7}});
  EXPECT_EQ(triton_model_file(graph), "p5_scorer/1/model.onnx");
  EXPECT_EQ(triton_config_file(graph), "p5_scorer/config.pbtxt");
  EXPECT_EQ(triton_config(graph),
            "name: \"p5_scorer\"\n"
            "backend: \"onnxruntime\"\n"
            "max_batch_size: 0\n"
            "input [\n"
            "  {\n    name: \"history\"\n    data_type: TYPE_INT64\n    dims: [ -1, -1 ]\n  }\n"
            "]\n"
            "output [\n"
            "  {\n    name: \"scores\"\n    data_type: TYPE_FP32\n    dims: [ -1, 7 ]\n  }\n"
            "]\n");
}

}  // namespace
}  // namespace p5
