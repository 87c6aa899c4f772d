#include "serve/tensorflow_api.h"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "p5/error.h"
#include "serve/api_reply.h"
#include "serve/list_jobs.h"
#include "serve/live_request.h"

namespace p5 {
namespace {

using Json = nlohmann::json;

HttpResponse tensorflow_error(const TensorflowError& error) {
  return json_response({{"error", error.text}}, error.status);
}

[[noreturn]] void fail(int status, std::string text) { throw TensorflowError{status, std::move(text)}; }

// The answer of the API's own errors, with the message alone.
HttpResponse in_its_words(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const TensorflowError& known) {
    return tensorflow_error(known);
  } catch (...) {
    const HttpResponse own = error_response(std::current_exception(), "");
    return json_response({{"error", Json::parse(own.body).at("error")}}, own.status);
  }
}

Json tensor_info(const char* name, const char* type, std::initializer_list<const char*> sizes) {
  Json dimensions = Json::array();
  for (const char* size : sizes) dimensions.push_back({{"size", size}, {"name", ""}});
  return {{"dtype", type},
          {"tensor_shape", {{"dim", dimensions}, {"unknown_rank", false}}},
          {"name", std::string(name) + ":0"}};
}

Json signature_def() {
  const Json inputs{{"user_id", tensor_info("user_id", "DT_STRING", {"-1"})},
                    {"history", tensor_info("history", "DT_STRING", {"-1", "-1"})},
                    {"k", tensor_info("k", "DT_INT64", {"-1"})},
                    {"candidates", tensor_info("candidates", "DT_STRING", {"-1", "-1"})},
                    {"prompt_id", tensor_info("prompt_id", "DT_STRING", {"-1"})}};
  const Json outputs{{"item_id", tensor_info("item_id", "DT_STRING", {"-1", "-1"})},
                     {"score", tensor_info("score", "DT_FLOAT", {"-1", "-1"})}};
  return {{"serving_default",
           {{"inputs", inputs},
            {"outputs", outputs},
            {"method_name", "tensorflow/serving/predict"},
            {"defaults", Json::object()}}}};
}

}  // namespace

bool TensorflowApi::owns(const std::string& path) {
  if (path.size() < 4) return false;
  std::string begin = path.substr(0, 4);
  std::ranges::transform(begin, begin.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return begin == "/v1/";
}

// The number of the version that a path names; none: the one that serves.
std::int64_t TensorflowApi::version_of(const TensorflowTarget& target) const {
  if (target.label.empty()) return target.version.value_or(0);
  const std::int64_t version = context_->registry.labelled(target.name, target.label);
  if (version == 0) fail(400, "Unrecognized servable version label: " + target.label);
  return version;
}

std::shared_ptr<const ServedModel> TensorflowApi::servable(const TensorflowTarget& target) const {
  const std::int64_t version = version_of(target);
  try {
    if (target.version == 0) throw not_found_error("no such version", {});  // they begin at 1
    return context_->registry.find(target.name, version);
  } catch (const Error&) {
    fail(404, "Servable not found for request: " + target.servable());
  }
}

void TensorflowApi::handle(ApiCall call) const {
  const HttpReply reply = call.reply;
  try {
    const std::string method = call.request.method == "HEAD" ? "GET" : call.request.method;
    const TensorflowTarget target = TensorflowTarget::parse(method, call.request.path);
    if (target.metadata) {
      metadata(call, target);
    } else if (target.method.empty()) {
      status(call, target);
    } else if (target.method == "predict") {
      predict(std::move(call), target);
    } else if (target.method == "classify") {
      classify(std::move(call), target);
    } else {
      regress(std::move(call), target);
    }
  } catch (...) {
    reply(in_its_words(std::current_exception()));
  }
}

void TensorflowApi::ask(ApiCall call, std::shared_ptr<const ServedModel> model, Answer answer) const {
  const auto shared = std::make_shared<ApiCall>(std::move(call));
  ModelJob job{.model = std::move(model),
               .deadline = shared->request.arrived + std::chrono::milliseconds(context_->options.deadline_ms)};
  job.answer = [shared, answer = std::move(answer)](Recommender& recommender, std::span<const Recommendation>) {
    shared->reply(json_response(answer(recommender)));
  };
  job.fail = [shared](std::exception_ptr error) { shared->reply(in_its_words(error)); };
  if (!context_->queue.submit(std::move(job))) shared->reply(overloaded_response(Json{{"error", kOverloaded}}));
}

void TensorflowApi::ask_lists(ApiCall call, const TensorflowTarget& target, std::vector<RecommendRequest> requests,
                              std::shared_ptr<std::vector<std::vector<Recommendation>>> lists,
                              std::function<nlohmann::json()> answer) const {
  ListsAsked asked{.request_id = call.id,
                   .deadline = call.request.arrived + std::chrono::milliseconds(context_->options.deadline_ms)};
  for (RecommendRequest& request : requests) {
    asked.rows.push_back(list_row(*context_, std::move(request), target.name, version_of(target)));
  }
  const auto shared = std::make_shared<ApiCall>(std::move(call));
  asked.answer = [lists, metrics = &context_->metrics](std::size_t row, const ListRow& one, Recommender& recommender,
                                                       std::span<const Recommendation> items) {
    count_fallbacks({&one.request, 1}, recommender, *metrics);
    lists->at(row).assign(items.begin(), items.end());
  };
  asked.finish = [shared, answer = std::move(answer)] { shared->reply(json_response(answer())); };
  asked.fail = [shared](std::exception_ptr error) { shared->reply(in_its_words(error)); };
  if (!ask_for_lists(*context_, std::move(asked))) shared->reply(overloaded_response(Json{{"error", kOverloaded}}));
}

void TensorflowApi::predict(ApiCall call, const TensorflowTarget& target) const {
  auto [rows, requests] =
      parse_tensorflow_predict(call.request.body, context_->options, [&](const std::string& signature_name) {
        servable(target);  // refuses one that is not there
        require_tensorflow_signature(signature_name);
      });
  const auto lists = std::make_shared<std::vector<std::vector<Recommendation>>>(requests.size());
  ask_lists(std::move(call), target, std::move(requests), lists, [lists, rows = rows] {
    Json predictions = Json::array(), items = Json::array(), scores = Json::array();
    for (const auto& list : *lists) {
      Json keys = Json::array(), values = Json::array();
      for (const Recommendation& item : list) {
        keys.push_back(item.item);
        values.push_back(float32_json(item.score));
      }
      if (rows) predictions.push_back({{"item_id", keys}, {"score", values}});
      items.push_back(std::move(keys));
      scores.push_back(std::move(values));
    }
    return rows ? Json{{"predictions", predictions}} : Json{{"outputs", {{"item_id", items}, {"score", scores}}}};
  });
}

// The best items as labels with their scores.
void TensorflowApi::classify(ApiCall call, const TensorflowTarget& target) const {
  const TensorflowExamples parsed =
      parse_tensorflow_examples(call.request.body, /*with_items=*/false, context_->options);
  servable(target);  // refuses one that is not there
  require_tensorflow_signature(parsed.signature_name);
  std::vector<RecommendRequest> requests;
  for (const TensorflowExample& example : parsed.examples) requests.push_back({.user = example.user});
  const auto lists = std::make_shared<std::vector<std::vector<Recommendation>>>(requests.size());
  ask_lists(std::move(call), target, std::move(requests), lists, [lists] {
    Json results = Json::array();
    for (const auto& list : *lists) {
      Json labels = Json::array();
      for (const Recommendation& item : list) labels.push_back({item.item, float32_json(item.score)});
      results.push_back(std::move(labels));
    }
    return Json{{"results", results}};
  });
}

// The stars of users and items.
void TensorflowApi::regress(ApiCall call, const TensorflowTarget& target) const {
  const TensorflowExamples parsed =
      parse_tensorflow_examples(call.request.body, /*with_items=*/true, context_->options);
  const auto model = servable(target);
  require_tensorflow_signature(parsed.signature_name);
  std::vector<PredictRequest> requests;
  for (const TensorflowExample& example : parsed.examples) {
    requests.push_back({.item = example.item, .user = example.user});
    add_live_history(requests.back(), *model, context_->histories);
  }
  ask(std::move(call), model, [requests = std::move(requests), metrics = &context_->metrics](Recommender& recommender) {
    Json results = Json::array();
    for (const PredictRequest& request : requests) {
      const PredictedRating prediction = recommender.predict_rating(request);
      if (!prediction.fallback.empty()) metrics->fell_back(prediction.fallback);
      results.push_back(float32_json(prediction.stars));
    }
    return Json{{"results", results}};
  });
}

void TensorflowApi::status(const ApiCall& call, const TensorflowTarget& target) const {
  const std::int64_t wanted = version_of(target);
  Json versions = Json::array();
  bool known = false;
  for (const ModelStatus& status : context_->registry.status()) {
    if (status.name != target.name) continue;
    known = true;
    if ((target.version || wanted > 0) && wanted != status.version) continue;
    const bool failed = status.state == ModelStatus::State::kFailed;
    const char* state = failed ? "END" : status.state == ModelStatus::State::kLoading ? "LOADING" : "AVAILABLE";
    versions.insert(versions.begin(),
                    Json{{"version", std::to_string(status.version)},
                         {"state", state},
                         {"status", {{"error_code", failed ? "UNKNOWN" : "OK"}, {"error_message", status.error}}}});
  }
  if (!known) fail(404, "Could not find any versions of model " + target.name);
  if (versions.empty()) fail(404, "Could not find version " + std::to_string(wanted) + " of model " + target.name);
  call.reply(json_response({{"model_version_status", versions}}));
}

void TensorflowApi::metadata(const ApiCall& call, const TensorflowTarget& target) const {
  const auto model = servable(target);
  call.reply(json_response(
      {{"model_spec", {{"name", model->name()}, {"signature_name", ""}, {"version", std::to_string(model->version())}}},
       {"metadata", {{"signature_def", {{"signature_def", signature_def()}}}}}}));
}

}  // namespace p5
