// Tensors of the Open Inference Protocol, version 2, in both of its forms: as JSON, and raw after the JSON (the
// extension binary_tensor_data: the header Inference-Header-Content-Length says where the JSON ends). Thread-safe: free
// functions and values.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "serve/http_message.h"

namespace p5 {

// Of the datatypes BYTES and INT64, which is all that our inputs have.
struct InputTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  // One of the two: the elements, row by row.
  std::vector<std::string> texts = {};
  std::vector<std::int64_t> numbers = {};

  std::size_t rows() const { return shape.empty() ? 1 : static_cast<std::size_t>(shape.front()); }
};

struct InferenceRequest {
  std::string id = {};
  std::vector<InputTensor> inputs = {};
  struct Output {
    std::string name;
    bool raw = false;
  };
  std::vector<Output> outputs = {};  // empty: all
  bool raw_outputs = false;          // of all, where none is named
};

// What an input must be.
struct TensorType {
  std::string_view name, datatype;
};

// Throws InvalidArgument that names the tensor: an input that `types` does not have, a wrong datatype, data that does
// not fill the shape, raw bytes that are missing or left over.
InferenceRequest parse_inference(const HttpRequest& request, const std::vector<TensorType>& types);

// Of the datatypes BYTES and FP32.
struct OutputTensor {
  std::string name;
  std::string_view datatype;
  std::vector<std::int64_t> shape;
  bool raw = false;
  // One of the two.
  std::vector<std::string> texts = {};
  std::vector<float> numbers = {};
};

// `answer` with "outputs"; raw ones follow the JSON.
HttpResponse inference_response(nlohmann::json answer, const std::vector<OutputTensor>& outputs);

}  // namespace p5
