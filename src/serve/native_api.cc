#include "serve/native_api.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/request_fields.h"
#include "p5/error.h"
#include "recommend/json_questions.h"
#include "serve/answered_lists.h"
#include "serve/api_reply.h"
#include "serve/api_routes.h"
#include "serve/corpus_json.h"
#include "serve/feedback_request.h"
#include "serve/list_jobs.h"
#include "serve/live_request.h"
#include "serve/recommend_request.h"

namespace p5 {
namespace {

using Json = nlohmann::json;

Json model_json(const ServedModel& model) { return {{"name", model.name()}, {"version", model.version()}}; }

// What every answer of a model has.
Json signed_answer(Json answer, const ServedModel& model, const std::string& request_id) {
  answer["request_id"] = request_id;
  answer["model"] = model_json(model);
  return answer;
}

// Names the user as they were asked for, whatever history stands for them.
Json about(const std::string& user, Json answer) {
  if (user.empty()) return answer;
  answer.erase("history");
  answer["user"] = user;
  return answer;
}

// Places that were not drawn are certain.
Json list_json(const Recommender& recommender, const RecommendRequest& asked, const std::string& user,
               std::span<const Recommendation> items) {
  Json answer = about(user, list_with_notes(recommender, asked, items));
  for (Json& item : answer.at("items")) {
    if (!item.contains("propensity")) item["propensity"] = 1.0;
  }
  return answer;
}

// Counts an answer, or one of many, of whose user or item too little is known.
void count_fallback(const Json& answer, ServerMetrics& metrics) {
  if (answer.contains("fallback")) metrics.fell_back(answer.at("fallback").get<std::string>());
}

std::size_t limit_of(const HttpRequest& request, std::size_t otherwise, std::size_t most) {
  const std::string* text = request.parameter("limit");
  if (text == nullptr) return otherwise;
  const bool digits =
      !text->empty() && text->size() < 7 && std::ranges::all_of(*text, [](char c) { return c >= '0' && c <= '9'; });
  const std::size_t limit = digits ? std::stoul(*text) : 0;
  if (limit < 1 || limit > most) {
    throw usage_error(
        "bad value",
        {.where = "limit", .expected = "1 to " + std::to_string(most), .got = "'" + text->substr(0, 20) + "'"});
  }
  return limit;
}

}  // namespace

void NativeApi::add_to(Router& router) const {
  const auto add = [&](const char* method, const char* pattern, void (NativeApi::*handler)(ApiCall) const) {
    add_route(router, method, pattern, *this, handler);
  };
  add("POST", "/api/v1/recommend", &NativeApi::recommend);
  add("POST", "/api/v1/recommend:batch", &NativeApi::recommend_batch);
  add("POST", "/api/v1/similar", &NativeApi::similar);
  add("POST", "/api/v1/predict", &NativeApi::predict);
  add("POST", "/api/v1/explain", &NativeApi::explain);
  add("POST", "/api/v1/summarize", &NativeApi::summarize);
  add("POST", "/api/v1/prompt", &NativeApi::prompt);
  add("POST", "/api/v1/feedback", &NativeApi::feedback);
  add("GET", "/api/v1/users", &NativeApi::users);
  add("GET", "/api/v1/users/{user}", &NativeApi::user);
  add("GET", "/api/v1/items", &NativeApi::items);
  add("GET", "/api/v1/items/{item}", &NativeApi::item);
  add("GET", "/api/v1/prompts", &NativeApi::prompts);
}

void NativeApi::ask_model(ApiCall call, std::shared_ptr<const ServedModel> model, Ask ask) const {
  const auto shared = std::make_shared<ApiCall>(std::move(call));
  ModelJob job{.model = model,
               .deadline = shared->request.arrived + std::chrono::milliseconds(context_->options.deadline_ms)};
  job.answer = [shared, model, ask = std::move(ask), context = context_](Recommender& recommender,
                                                                         std::span<const Recommendation>) {
    Json answer = ask(recommender);
    count_fallback(answer, context->metrics);
    shared->reply(json_response(signed_answer(std::move(answer), *model, shared->id)));
  };
  job.fail = [shared](std::exception_ptr error) { shared->reply(error_response(error, shared->id)); };
  if (!context_->queue.submit(std::move(job))) shared->reply(overloaded_response(shared->id));
}

void NativeApi::recommend(ApiCall call) const {
  ParsedRecommend parsed = parse_recommend(parse_request(call.request.body), context_->options);
  const std::string user = parsed.request.user;
  parsed.request.draw = call.id;
  const auto model = context_->registry.find(parsed.model.name, parsed.model.version, user);
  add_live_history(parsed.request, *model, context_->histories);
  const auto shared = std::make_shared<ApiCall>(std::move(call));
  ModelJob job{.model = model,
               .deadline = shared->request.arrived + std::chrono::milliseconds(context_->options.deadline_ms),
               .recommend = parsed.request};
  job.answer = [shared, model, user, context = context_, asked = std::move(parsed.request)](
                   Recommender& recommender, std::span<const Recommendation> items) {
    note_list(*context, *model, {.id = shared->id, .user = user}, asked, recommender, items);
    Json answer = list_json(recommender, asked, user, items);
    count_fallback(answer, context->metrics);
    shared->reply(json_response(signed_answer(std::move(answer), *model, shared->id)));
  };
  job.fail = [shared](std::exception_ptr error) { shared->reply(error_response(error, shared->id)); };
  if (!context_->queue.submit(std::move(job))) shared->reply(overloaded_response(shared->id));
}

// The lists of one version are asked for together.
void NativeApi::recommend_batch(ApiCall call) const {
  const Json body = parse_request(call.request.body);
  RequestFields fields(body);
  const Json& requests = fields.objects("requests", static_cast<std::size_t>(context_->options.max_requests));
  const ModelChoice choice = read_model_choice(fields);
  fields.finish();
  const auto model = context_->registry.find(choice.name, choice.version);
  ListsAsked asked{.request_id = call.id,
                   .deadline = call.request.arrived + std::chrono::milliseconds(context_->options.deadline_ms)};
  for (std::size_t i = 0; i < requests.size(); ++i) {
    ParsedRecommend one = parse_recommend(requests[i], context_->options, "requests[" + std::to_string(i) + "]");
    asked.rows.push_back(list_row(*context_, std::move(one.request), choice.name, choice.version));
  }
  const auto shared = std::make_shared<ApiCall>(std::move(call));
  const auto answers = std::make_shared<Json>(Json::array());
  for (std::size_t i = 0; i < requests.size(); ++i) answers->push_back(nullptr);
  asked.answer = [answers, shared, context = context_](std::size_t row, const ListRow& one, Recommender& recommender,
                                                       std::span<const Recommendation> items) {
    Json& answer = answers->at(row);
    answer = signed_answer(list_json(recommender, one.request, one.user, items), *one.model, list_id(shared->id, row));
    count_fallback(answer, context->metrics);
  };
  asked.refuse = [answers](std::size_t row, std::exception_ptr error) {
    answers->at(row) = Json::parse(error_response(error, "").body);
    answers->at(row).erase("request_id");  // that of the whole is enough
  };
  asked.finish = [answers, shared, model] {
    shared->reply(json_response(signed_answer({{"answers", std::move(*answers)}}, *model, shared->id)));
  };
  asked.fail = [shared](std::exception_ptr error) { shared->reply(error_response(error, shared->id)); };
  if (!ask_for_lists(*context_, std::move(asked))) shared->reply(overloaded_response(shared->id));
}

void NativeApi::similar(ApiCall call) const {
  const Json body = parse_request(call.request.body);
  RequestFields fields(body);
  SimilarRequest request = read_similar_request(fields, limits_of(context_->options));
  const ModelChoice choice = read_model_choice(fields);
  fields.finish();
  const auto model = context_->registry.find(choice.name, choice.version);
  ask_model(std::move(call), model,
            [request = std::move(request)](Recommender& recommender) { return answer_to(recommender, request); });
}

void NativeApi::predict(ApiCall call) const {
  const Json body = parse_request(call.request.body);
  RequestFields fields(body);
  PredictRequest request = read_predict_request(fields, limits_of(context_->options));
  const ModelChoice choice = read_model_choice(fields);
  fields.finish();
  const std::string user = request.user;
  const auto model = context_->registry.find(choice.name, choice.version, user);
  add_live_history(request, *model, context_->histories);
  ask_model(std::move(call), model, [request = std::move(request), user](Recommender& recommender) {
    return about(user, answer_to(recommender, request));
  });
}

void NativeApi::explain(ApiCall call) const {
  const Json body = parse_request(call.request.body);
  RequestFields fields(body);
  ExplainRequest request = read_explain_request(fields, limits_of(context_->options));
  const ModelChoice choice = read_model_choice(fields);
  fields.finish();
  const std::string user = request.user;
  const auto model = context_->registry.find(choice.name, choice.version, user);
  add_live_history(request, *model, context_->histories);
  ask_model(std::move(call), model, [request = std::move(request), user](Recommender& recommender) {
    return about(user, answer_to(recommender, request));
  });
}

void NativeApi::summarize(ApiCall call) const {
  const Json body = parse_request(call.request.body);
  RequestFields fields(body);
  ReviewRequest request = read_review_request(fields);
  const ModelChoice choice = read_model_choice(fields);
  fields.finish();
  const auto model = context_->registry.find(choice.name, choice.version, request.user);
  add_live_history(request, *model, context_->histories);
  ask_model(std::move(call), model,
            [request = std::move(request)](Recommender& recommender) { return answer_to(recommender, request); });
}

void NativeApi::prompt(ApiCall call) const {
  const Json body = parse_request(call.request.body);
  RequestFields fields(body);
  PromptQuestion question = read_prompt_question(fields, limits_of(context_->options));
  const ModelChoice choice = read_model_choice(fields);
  fields.finish();
  const auto model = context_->registry.find(choice.name, choice.version, question.prompt.user);
  add_live_history(question.prompt, *model, context_->histories);
  ask_model(std::move(call), model,
            [question = std::move(question)](Recommender& recommender) { return answer_to(recommender, question); });
}

// Good events are kept although others are bad; the answer says which.
void NativeApi::feedback(ApiCall call) const {
  if (context_->feedback == nullptr) {
    throw Error(ErrorCode::kUnsupported, ErrorSubject::kRequest, "this server keeps no feedback",
                {.expected = "p5 serve --feedback sqlite:FILE"});
  }
  const Json body = parse_request(call.request.body);
  RequestFields fields(body);
  const Json& objects = fields.objects("events", static_cast<std::size_t>(context_->options.max_requests));
  fields.finish();
  std::vector<FeedbackEvent> events;
  Json rejected = Json::array();
  for (std::size_t i = 0; i < objects.size(); ++i) {
    try {
      events.push_back(parse_event(objects[i], i));
    } catch (const Error& error) {
      rejected.push_back({{"index", i}, {"error", error.what()}});
    }
  }
  if (events.empty()) {
    Json none{{"accepted", 0},
              {"duplicates", 0},
              {"rejected", rejected},
              {"error", "no event could be taken"},
              {"code", "InvalidArgument"},
              {"request_id", call.id}};
    call.reply(json_response(none, 400));
    return;
  }
  const auto shared = std::make_shared<ApiCall>(std::move(call));
  const bool taken =
      context_->feedback->submit(std::move(events), [shared, rejected = std::move(rejected), context = context_](
                                                        const FeedbackAppended& result, std::exception_ptr error) {
        if (error) {
          shared->reply(error_response(error, shared->id));
          return;
        }
        context->follower->follow();  // the next answer knows of it
        shared->reply(json_response({{"accepted", result.accepted},
                                     {"duplicates", result.duplicates},
                                     {"rejected", rejected},
                                     {"request_id", shared->id}}));
      });
  if (!taken) shared->reply(overloaded_response(shared->id));
}

void NativeApi::user(ApiCall call) const {
  const std::string& key = call.arguments.at(0);
  const std::string* name = call.request.parameter("model");
  const auto model = context_->registry.find(name == nullptr ? "" : *name, 0, key);
  const auto catalog = model->catalog();
  const auto facts = context_->catalog == nullptr ? std::nullopt : context_->catalog->user(key);
  Json answer = user_json(*catalog, key, context_->histories.of(key, last_time_of(catalog->corpus(), key)), facts,
                          limit_of(call.request, 100, 10000));
  call.reply(json_response(signed_answer(std::move(answer), *model, call.id)));
}

void NativeApi::item(ApiCall call) const {
  const std::string* name = call.request.parameter("model");
  const auto model = context_->registry.find(name == nullptr ? "" : *name);
  call.reply(json_response(signed_answer(item_json(*model->catalog(), call.arguments.at(0)), *model, call.id)));
}

void NativeApi::users(ApiCall call) const {
  const std::string* prefix = call.request.parameter("prefix");
  const auto model = context_->registry.find();
  call.reply(json_response(signed_answer(
      users_json(model->catalog()->corpus(), prefix == nullptr ? "" : *prefix, limit_of(call.request, 20, 1000)),
      *model, call.id)));
}

void NativeApi::items(ApiCall call) const {
  const std::string* words = call.request.parameter("q");
  const auto model = context_->registry.find();
  call.reply(json_response(
      signed_answer(items_json(*model->catalog(), words == nullptr ? "" : *words, limit_of(call.request, 20, 1000)),
                    *model, call.id)));
}

void NativeApi::prompts(ApiCall call) const {
  const auto model = context_->registry.find();
  Json prompts = Json::array();
  for (const PromptTemplate& prompt : model->loaded_run().bundle.prompts->all()) {
    Json line = to_json(prompt);
    line.erase("where");  // a path of the machine that trained
    line["needs"] = {"user", "item"};
    const Json& slots = line.at("slots");
    if (std::ranges::find(slots, Json("feature")) != slots.end()) line["needs"].push_back("feature");
    prompts.push_back(std::move(line));
  }
  call.reply(json_response(signed_answer({{"prompts", std::move(prompts)}}, *model, call.id)));
}

}  // namespace p5
