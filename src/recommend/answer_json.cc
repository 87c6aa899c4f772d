#include "recommend/answer_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace p5 {

using Json = nlohmann::json;

namespace {

Json title_json(const std::string& title) { return title.empty() ? Json(nullptr) : Json(title); }

Json origin_json(const ExplanationOrigin& origin) {
  Json object{{"kind", origin.kind}};
  if (!origin.user.empty()) object["user"] = origin.user;
  if (!origin.item.empty()) object["item"] = origin.item;
  if (!origin.feature.empty()) object["feature"] = origin.feature;
  return object;
}

Json list_of(const std::vector<Recommendation>& items) {
  Json list = Json::array();
  const bool drawn =
      std::any_of(items.begin(), items.end(), [](const Recommendation& item) { return item.propensity < 1; });
  for (const Recommendation& item : items) {
    list.push_back({{"item", item.item},
                    {"title", title_json(item.title)},
                    {"score", item.score},
                    {"share", item.share},
                    {"source", item.source}});
    if (item.because) {
      list.back()["because"] = {
          {"item", item.because->item}, {"title", title_json(item.because->title)}, {"share", item.because->share}};
    }
    for (const SourceShare& part : item.why) {
      list.back()["why"].push_back({{"source", part.source}, {"share", part.share}});
    }
    if (drawn) list.back()["propensity"] = item.propensity;
    if (item.explanation.empty()) continue;
    list.back()["explanation"] = item.explanation;
    if (!item.origin.kind.empty()) list.back()["explanation_origin"] = origin_json(item.origin);
  }
  return list;
}

void add_score_kind(const std::vector<Recommendation>& items, Json& object) {
  if (!items.empty() && !items.front().score_kind.empty()) object["score_kind"] = items.front().score_kind;
}

void add_rating(const PredictedRating& prediction, Json& object) {
  object["stars"] = prediction.stars;
  object["scale"] = prediction.scale;
  object["levels"] = prediction.levels;
  object["probabilities"] = prediction.probability;
}

}  // namespace

Json to_json(const SimilarRequest& request, const std::vector<Recommendation>& items) {
  Json object{{"item", request.item}, {"k", request.k}, {"items", list_of(items)}};
  add_score_kind(items, object);
  return object;
}

Json to_json(const RecommendRequest& request, const std::vector<Recommendation>& items, const AnswerContext& context) {
  Json object{{"k", request.k}, {"seen", request.keep_seen ? "keep" : "drop"}, {"items", list_of(items)}};
  add_score_kind(items, object);
  if (!request.rerank.empty()) object["rerank"] = request.rerank;
  if (!request.user.empty()) object["user"] = request.user;
  if (!request.history.empty()) object["history"] = request.history;
  if (!context.run.empty()) object["run"] = context.run;
  if (!object.contains("history") && !context.history.empty()) {
    for (const ItemName& item : context.history) object["history"].push_back(item.item);
  }
  return object;
}

void add_notes(const std::vector<std::string>& skipped, const std::string& fallback, Json& object) {
  if (!skipped.empty()) object["skipped"] = skipped;
  if (!fallback.empty()) object["fallback"] = fallback;
}

Json to_json(const PredictRequest& request, const ItemName& item, const PredictedRating& prediction) {
  Json object{{"item", item.item}, {"title", title_json(item.title)}};
  add_rating(prediction, object);
  if (!request.user.empty()) object["user"] = request.user;
  for (const RatedItem& rated : request.history) {
    object["history"].push_back({{"item", rated.item}});
    if (rated.stars) object["history"].back()["stars"] = *rated.stars;
  }
  add_notes(prediction.skipped, prediction.fallback, object);
  return object;
}

Json to_json(const PromptAnswer& answer) {
  Json object{{"answer", answer.text}};
  if (!answer.source.empty()) object["source"] = answer.source;
  if (!answer.prompt_id.empty()) object["prompt"] = answer.prompt_id;
  if (!answer.target.empty()) object["target"] = answer.target;
  if (!answer.origin.kind.empty()) object["kind"] = answer.origin.kind;
  if (!answer.origin.item.empty()) {
    Json of = origin_json(answer.origin);
    of.erase("kind");
    object[answer.origin.kind == "quoted" ? "quote" : "because"] = std::move(of);
  }
  for (const AnswerChoice& choice : answer.choices) {
    object["choices"].push_back({{"text", choice.text}, {"probability", choice.probability}});
    if (choice.item.empty()) continue;
    object["choices"].back()["item"] = choice.item;
    object["choices"].back()["title"] = title_json(choice.title);
  }
  for (const ItemName& item : answer.mentioned) {
    object["mentioned"].push_back({{"name", item.name}, {"item", item.item}, {"title", title_json(item.title)}});
  }
  add_notes(answer.skipped, answer.fallback, object);
  return object;
}

Json to_json(const ExplainRequest& request, const PromptAnswer& answer) {
  Json object = to_json(answer);
  if (!request.user.empty()) object["user"] = request.user;
  if (!request.history.empty()) object["history"] = request.history;
  object["item"] = request.item;
  if (!request.feature.empty()) object["feature"] = request.feature;
  return object;
}

Json to_json(const PromptAnswer& headline, const std::optional<PredictedRating>& stars) {
  Json object = to_json(headline);
  if (stars) add_rating(*stars, object);
  return object;
}

}  // namespace p5
