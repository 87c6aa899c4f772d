#include "recommend/answer_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace p5 {

using Json = nlohmann::json;

namespace {

Json list_of(const std::vector<Recommendation>& items) {
  Json list = Json::array();
  const bool drawn =
      std::any_of(items.begin(), items.end(), [](const Recommendation& item) { return item.propensity < 1; });
  for (const Recommendation& item : items) {
    list.push_back({{"item", item.item}, {"title", item.title}, {"score", item.score}, {"source", item.source}});
    for (const SourceShare& part : item.why) {
      list.back()["why"].push_back({{"source", part.source}, {"share", part.share}});
    }
    if (drawn) list.back()["propensity"] = item.propensity;
  }
  return list;
}

}  // namespace

Json to_json(const SimilarRequest& request, const std::vector<Recommendation>& items) {
  return {{"item", request.item}, {"k", request.k}, {"items", list_of(items)}};
}

Json to_json(const RecommendRequest& request, const std::vector<Recommendation>& items) {
  Json list = list_of(items);
  for (std::size_t i = 0; request.explain && i < items.size(); ++i) {
    if (items[i].why.empty() || !items[i].explanation.empty()) list[i]["explanation"] = items[i].explanation;
  }
  Json object{{"k", request.k}, {"seen", request.keep_seen ? "keep" : "drop"}, {"items", std::move(list)}};
  if (!request.rerank.empty()) object["rerank"] = request.rerank;
  if (!request.user.empty()) object["user"] = request.user;
  if (!request.history.empty()) object["history"] = request.history;
  return object;
}

void add_notes(const std::vector<std::string>& skipped, const std::string& fallback, Json& object) {
  if (!skipped.empty()) object["skipped"] = skipped;
  if (!fallback.empty()) object["fallback"] = fallback;
}

Json to_json(const PredictRequest& request, const PredictedRating& prediction) {
  Json object{{"item", request.item}, {"stars", prediction.stars}, {"probabilities", prediction.probability}};
  if (!request.user.empty()) object["user"] = request.user;
  for (const RatedItem& rated : request.history) {
    object["history"].push_back({{"item", rated.item}});
    if (rated.stars > 0) object["history"].back()["stars"] = rated.stars;
  }
  add_notes(prediction.skipped, prediction.fallback, object);
  return object;
}

Json to_json(const PromptAnswer& answer) {
  Json object{{"source", answer.source}, {"answer", answer.text}};
  if (!answer.prompt_id.empty()) object["prompt"] = answer.prompt_id;
  if (!answer.target.empty()) object["target"] = answer.target;
  for (const AnswerChoice& choice : answer.choices) {
    object["choices"].push_back({{"text", choice.text}, {"probability", choice.probability}});
  }
  return object;
}

Json to_json(const ExplainRequest& request, const PromptAnswer& answer) {
  Json object = to_json(answer);
  if (!request.user.empty()) object["user"] = request.user;
  if (!request.history.empty()) object["history"] = request.history;
  object["item"] = request.item;
  if (!request.feature.empty()) object["feature"] = request.feature;
  add_notes(answer.skipped, answer.fallback, object);
  return object;
}

Json to_json(const PromptAnswer& headline, const std::optional<PredictedRating>& stars) {
  Json object = to_json(headline);
  if (stars) {
    object["stars"] = stars->stars;
    object["probabilities"] = stars->probability;
  }
  return object;
}

}  // namespace p5
