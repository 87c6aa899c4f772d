// The bodies of requests for lists, with the model that they name. Thread-safe: free functions.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/request_fields.h"
#include "p5/recommender.h"
#include "recommend/request_json.h"
#include "serve/serve_options.h"

namespace p5 {

// Which model is asked: "model" and "version" of a body.
struct ModelChoice {
  std::string name = {};
  std::int64_t version = 0;
};
ModelChoice read_model_choice(RequestFields& fields);

struct ParsedRecommend {
  RecommendRequest request;
  ModelChoice model;
};

// Throws InvalidArgument that names the field; `where` as RequestFields.
ParsedRecommend parse_recommend(const nlohmann::json& body, const ServeOptions& options, std::string where = {});
RequestLimits limits_of(const ServeOptions& options);

}  // namespace p5
