// Every answer of a Recommender as JSON: the one form that the command line prints and that servers and bindings
// return. Thread-safe: free functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "p5/recommender.h"

namespace p5 {

// {"k", "seen": "keep" | "drop", "items": [{"item", "title", "score", "source", "explanation", "why": [{"source",
// "share"}], "propensity"}], "rerank", "user", "history"}; the explanation where it was asked for, why of a hybrid,
// propensities where places were drawn, the others where
// given.
nlohmann::json to_json(const RecommendRequest& request, const std::vector<Recommendation>& items);
// Adds "skipped": [keys] and "fallback": "popularity", where there is something to say.
void add_notes(const std::vector<std::string>& skipped, const std::string& fallback, nlohmann::json& object);
// {"item", "k", "items": [...]}
nlohmann::json to_json(const SimilarRequest& request, const std::vector<Recommendation>& items);
// {"user" or "history": [{"item", "stars"}], "item", "stars", "probabilities": of 1 to 5 stars}, with notes
nlohmann::json to_json(const PredictRequest& request, const PredictedRating& prediction);
// {"source", "answer", "prompt", "target", "choices": [{"text", "probability"}]}: of a prompt that was tried, or of a
// free one. Keys without a value are left out.
nlohmann::json to_json(const PromptAnswer& answer);
// The same with "user", "item" and, where given, "feature".
nlohmann::json to_json(const ExplainRequest& request, const PromptAnswer& answer);
// A headline, with "stars" and "probabilities" where they were asked for.
nlohmann::json to_json(const PromptAnswer& headline, const std::optional<PredictedRating>& stars);

}  // namespace p5
