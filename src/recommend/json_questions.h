// Questions to a run, answered as JSON: what servers and bindings send back. Not thread-safe: the Recommender serves
// one caller at a time.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "p5/recommender.h"
#include "recommend/request_json.h"

namespace p5 {

nlohmann::json answer_to(Recommender& recommender, const SimilarRequest& request);
nlohmann::json answer_to(Recommender& recommender, const PredictRequest& request);
nlohmann::json answer_to(Recommender& recommender, const ExplainRequest& request);
nlohmann::json answer_to(Recommender& recommender, const ReviewRequest& request);  // a headline and stars
nlohmann::json answer_to(Recommender& recommender, const PromptQuestion& question);

// A list with the notes on its request.
nlohmann::json list_with_notes(const Recommender& recommender, const RecommendRequest& request,
                               std::span<const Recommendation> items);

}  // namespace p5
