#include "recommend/json_questions.h"

#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <vector>

#include "base/json_field.h"
#include "p5/json_calls.h"
#include "recommend/answer_json.h"

namespace p5 {

using Json = nlohmann::json;

Json answer_to(Recommender& recommender, const SimilarRequest& request) {
  return to_json(request, recommender.similar(request));
}

Json answer_to(Recommender& recommender, const PredictRequest& request) {
  const PredictedRating prediction = recommender.predict_rating(request);
  return to_json(request, recommender.item_named(request.item), prediction);
}

Json answer_to(Recommender& recommender, const ExplainRequest& request) {
  return to_json(request, recommender.explain(request));
}

Json answer_to(Recommender& recommender, const ReviewRequest& request) {
  const PromptAnswer headline = recommender.summarize(request);
  ReviewRequest stars = request;
  stars.prompt_id.clear();  // that was for the headline
  return to_json(headline, recommender.predict_rating_of_review(stars));
}

Json answer_to(Recommender& recommender, const PromptQuestion& question) {
  return to_json(question.text ? recommender.answer(*question.text, static_cast<std::size_t>(question.max_tokens))
                               : recommender.try_prompt(question.prompt));
}

Json list_with_notes(const Recommender& recommender, const RecommendRequest& request,
                     std::span<const Recommendation> items) {
  Json answer = to_json(request, {items.begin(), items.end()});
  const RequestNotes notes = recommender.notes(request);
  add_notes(notes.skipped, notes.fallback, answer);
  return answer;
}

namespace {

struct QuestionRow {
  std::string_view name;
  Json (*ask)(Recommender& recommender, RequestFields& fields);
};

// What came after the history of a user, which a daemon fills in from its feedback.
template <typename Request>
void read_later(RequestFields& fields, Request& request) {
  const std::size_t most = RequestLimits().max_history;
  if constexpr (requires { request.prompt.later; }) {
    request.prompt.later = fields.texts("later", most, "item");
  } else if constexpr (std::is_same_v<Request, PredictRequest>) {
    request.later = read_rated_items(fields, "later", most);
  } else if constexpr (requires { request.later; }) {
    request.later = fields.texts("later", most, "item");
  }
}

template <auto read>
Json ask(Recommender& recommender, RequestFields& fields) {
  auto request = [&] {
    if constexpr (requires { read(fields, RequestLimits()); }) {
      return read(fields, RequestLimits());
    } else {
      return read(fields);
    }
  }();
  read_later(fields, request);
  fields.finish();
  return answer_to(recommender, request);
}

Json ask_for_list(Recommender& recommender, RequestFields& fields) {
  RecommendRequest request = read_recommend_request(fields, {});
  read_later(fields, request);
  fields.finish();
  return list_with_notes(recommender, request, recommender.recommend(request));
}

constexpr QuestionRow kQuestions[] = {
    {"recommend", ask_for_list},
    {"similar", ask<read_similar_request>},
    {"predict", ask<read_predict_request>},
    {"explain", ask<read_explain_request>},
    {"summarize", ask<read_review_request>},
    {"prompt", ask<read_prompt_question>},
};

}  // namespace

std::string ask_json(Recommender& recommender, std::string_view question, const std::string& request) {
  const Json body = parse_request(request);
  RequestFields fields(body);
  std::string known;
  for (const QuestionRow& row : kQuestions) {
    if (row.name == question) return pretty_json(row.ask(recommender, fields));
    known += (known.empty() ? "" : ", ") + std::string(row.name);
  }
  throw usage_error("no such question",
                    {.where = "question", .expected = "one of " + known, .got = "'" + std::string(question) + "'"});
}

RecommenderOptions recommender_options_of(const std::string& json) {
  const Json body = parse_request(json);
  RequestFields fields(body);
  RecommenderOptions options{.corpus = fields.text("corpus").value_or("")};
  options.device = fields.text("device").value_or(options.device);
  options.threads = fields.integer("threads", 0, 0, 1024);
  options.matmul = fields.text("matmul").value_or(options.matmul);
  options.settings = fields.texts("settings", 1000);
  fields.finish();
  return options;
}

RecommendRequest recommend_request_of(const std::string& json) {
  const Json body = parse_request(json);
  RequestFields fields(body);
  RecommendRequest request = read_recommend_request(fields, {});
  fields.finish();
  return request;
}

std::string list_json(const Recommender& recommender, const RecommendRequest& request,
                      std::span<const Recommendation> items) {
  return pretty_json(list_with_notes(recommender, request, items));
}

}  // namespace p5
