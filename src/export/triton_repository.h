// Where Triton Inference Server looks for a graph: REPOSITORY/NAME/1/model.onnx with NAME/config.pbtxt, for its ONNX
// Runtime backend. Thread-safe: free functions.
#pragma once

#include <string>

#include "onnx/onnx_graph.h"

namespace p5 {

// "p5_encoder/1/model.onnx"
std::string triton_model_file(const OnnxGraph& graph);
// "p5_encoder/config.pbtxt"
std::string triton_config_file(const OnnxGraph& graph);
// Sizes that a call may choose are -1. max_batch_size is 0: the first axis is written out, because the rows of a
// decoder's step are those of several questions.
std::string triton_config(const OnnxGraph& graph);

}  // namespace p5
