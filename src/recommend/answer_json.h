// Every answer of a Recommender as JSON: the one form that the command line prints and that servers and bindings
// return. Thread-safe: free functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "p5/recommender.h"

namespace p5 {

// What answers are about, apart from the request.
struct AnswerContext {
  std::string run = {};                    // the folder
  std::span<const ItemName> history = {};  // of the user or the request
};

// {"k", "seen": "keep" | "drop", "items": [...], "score_kind", "rerank", "user", "history", "run"}: keys without a
// value are left out. An item is {"item", "title" (null where the corpus has none), "score", "share", "source",
// "because":
// {"item", "title", "share"}, "why": [{"source", "share"}] of a hybrid, "propensity" where places were drawn,
// "explanation" and "explanation_origin" {"kind", "user", "item", "feature"} where it was asked for}.
// docs/recommending.md explains them.
nlohmann::json to_json(const RecommendRequest& request, const std::vector<Recommendation>& items,
                       const AnswerContext& context = {});
// {"item", "k", "items": [...]}
nlohmann::json to_json(const SimilarRequest& request, const std::vector<Recommendation>& items);
// Adds "skipped": [keys] and "fallback": "popularity", where there is something to say.
void add_notes(const std::vector<std::string>& skipped, const std::string& fallback, nlohmann::json& object);
// {"user" or "history": [{"item", "stars"}], "item", "title", "stars", "scale", "levels", "probabilities": of the
// levels}, with notes
nlohmann::json to_json(const PredictRequest& request, const ItemName& item, const PredictedRating& prediction);
// {"source", "answer", "prompt", "target", "kind", "quote": {"user", "item", "feature"}, "choices": [{"text",
// "probability", "item", "title"}], "mentioned": [{"name", "item", "title"}]}: of a prompt that was tried, or of a free
// one. Keys without a value are left out.
nlohmann::json to_json(const PromptAnswer& answer);
// The same with "user", "item" and, where given, "feature".
nlohmann::json to_json(const ExplainRequest& request, const PromptAnswer& answer);
// A headline, with "stars" and "probabilities" where they were asked for.
nlohmann::json to_json(const PromptAnswer& headline, const std::optional<PredictedRating>& stars);

}  // namespace p5
