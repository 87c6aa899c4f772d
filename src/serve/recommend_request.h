// From the JSON of the API to requests of the library. Thread-safe: free functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "online/live_histories.h"
#include "p5/recommender.h"
#include "serve/serve_options.h"

namespace p5 {

// Which model is asked: "model" and "version" of a body.
struct ModelChoice {
  std::string name = {};
  std::int64_t version = 0;
};

struct ParsedRecommend {
  RecommendRequest request;
  ModelChoice model;
};

// Throws InvalidArgument that names the field; `where` as RequestFields.
ParsedRecommend parse_recommend(const nlohmann::json& body, const ServeOptions& options, std::string where = {});
// {"category": "Guitars" or [...], "brand": ..., "price": {"min", "max"}, "title": "words"} as a condition of
// RecommendRequest::where.
std::string condition_of(const nlohmann::json& filters, const std::string& where);

}  // namespace p5
