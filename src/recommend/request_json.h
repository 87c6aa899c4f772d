// From JSON to requests of the library: the bodies of the HTTP API, which bindings of other languages use, too. The
// functions read the fields that they know; the caller finishes the fields. Thread-safe: free functions.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/request_fields.h"
#include "p5/recommender.h"

namespace p5 {

struct RequestLimits {
  std::int64_t max_k = kMaxRecommendations;
  std::size_t max_history = 1000000;  // items
};

// All throw InvalidArgument that names the field.
RecommendRequest read_recommend_request(RequestFields& fields, const RequestLimits& limits);
SimilarRequest read_similar_request(RequestFields& fields, const RequestLimits& limits);
PredictRequest read_predict_request(RequestFields& fields, const RequestLimits& limits);
ExplainRequest read_explain_request(RequestFields& fields, const RequestLimits& limits);
ReviewRequest read_review_request(RequestFields& fields);

// [{"item", "stars"}], or keys alone; none where the field is missing.
std::vector<RatedItem> read_rated_items(RequestFields& fields, const char* name, std::size_t most);

// A text of one's own, or one of the collection's prompts with its slots.
struct PromptQuestion {
  std::optional<std::string> text = {};
  TryRequest prompt = {};
  std::int64_t max_tokens = 64;  // of the answer to `text`
};
PromptQuestion read_prompt_question(RequestFields& fields, const RequestLimits& limits);

// {"category": "Guitars" or [...], "brand": ..., "price": {"min", "max"}, "title": "words"} as a condition of
// RecommendRequest::where. `place` names the object in messages.
std::string condition_of(const nlohmann::json& filters, const std::string& place);

}  // namespace p5
