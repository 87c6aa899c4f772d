// What TensorFlow Serving's REST API is sent: the path with the model and the method, and the bodies of predict,
// classify and regress, read in the order of its checks and refused in its words. docs/serving.md has the mapping and
// the deviations. Thread-safe: free functions and values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "p5/recommender.h"
#include "serve/serve_options.h"

namespace p5 {

// An error as TensorFlow Serving words it, with its status.
struct TensorflowError {
  int status;
  std::string text;
};

// "/v1/models/NAME[/versions/N|/labels/L]" with ":METHOD" or "/metadata" after it. Letters of any case, except in names
// and labels.
struct TensorflowTarget {
  std::string name = {};
  std::optional<std::int64_t> version = {};
  std::string label = {};
  std::string method = {};  // predict, classify or regress; empty: a question about the model
  bool metadata = false;

  // Throws TensorflowError for what is no such path, or has no such method of HTTP.
  static TensorflowTarget parse(std::string_view http_method, std::string_view path);
  // What TensorFlow Serving calls a servable in messages: "Specific(default, 3)".
  std::string servable() const;
};

struct TensorflowPredict {
  bool rows = false;  // "instances", not "inputs"
  std::vector<RecommendRequest> requests = {};
};

struct TensorflowExample {
  std::string user, item;
};

struct TensorflowExamples {
  std::string signature_name = {};
  std::vector<TensorflowExample> examples = {};  // of classify without items
};

// Throw TensorflowError. `check` is told the name of the signature before the inputs are read.
TensorflowPredict parse_tensorflow_predict(std::string_view body, const ServeOptions& options,
                                           const std::function<void(const std::string&)>& check);
TensorflowExamples parse_tensorflow_examples(std::string_view body, bool with_items, const ServeOptions& options);
// Throws unless it is "serving_default" or empty.
void require_tensorflow_signature(const std::string& name);

}  // namespace p5
