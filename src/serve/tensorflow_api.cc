#include "serve/tensorflow_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "base/json_field.h"
#include "p5/error.h"
#include "serve/api_reply.h"
#include "serve/live_request.h"

namespace p5 {
namespace {

using Json = nlohmann::json;

// An error as TensorFlow Serving words it, with its status.
struct TensorflowError {
  int status;
  std::string text;
};

HttpResponse tensorflow_error(const TensorflowError& error) {
  return json_response({{"error", error.text}}, error.status);
}

[[noreturn]] void fail(int status, std::string text) { throw TensorflowError{status, std::move(text)}; }

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return text;
}

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

// A text, or {"b64": ...} in its place.
std::string text_of(const Json& value, const char* name) {
  if (value.is_string()) return value.get<std::string>();
  fail(400, std::string("Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: JSON Value: ") +
                brief(value) + " Type: " + value.type_name() + " is not of expected type: string for input " + name);
}

std::vector<std::string> texts_of(const Json& value, const char* name) {
  std::vector<std::string> texts;
  if (!value.is_array()) fail(400, std::string("input ") + name + " must be a list of strings");
  for (const Json& each : value) texts.push_back(text_of(each, name));
  return texts;
}

constexpr const char* kInputs[] = {"user_id", "history", "k", "candidates", "prompt_id"};

// One row of inputs: an object of them, or a bare user id.
RecommendRequest request_of(const Json& row, std::int64_t max_k) {
  RecommendRequest request;
  if (!row.is_object()) {
    request.user = text_of(row, "user_id");
    return request;
  }
  for (const auto& [name, value] : row.items()) {
    if (std::ranges::find(kInputs, name) == std::end(kInputs)) {
      fail(400,
           "Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: JSON object: does not have "
           "named input: " +
               name);
    }
    if (name == "user_id") request.user = text_of(value, "user_id");
    if (name == "history") request.history = texts_of(value, "history");
    if (name == "candidates") request.candidates = texts_of(value, "candidates");
    if (name == "prompt_id") request.prompt_id = text_of(value, "prompt_id");
    if (name == "k") {
      if (!value.is_number_integer() || value < 1 || value > max_k)
        fail(400, "input k must be a whole number, 1 to " + std::to_string(max_k));
      request.k = value.get<std::int64_t>();
    }
  }
  return request;
}

// Inputs by column: each a list with one entry per row, or one value for all rows.
std::vector<RecommendRequest> requests_of_columns(const Json& inputs, std::int64_t max_k) {
  std::vector<RecommendRequest> requests;
  if (!inputs.is_object()) {
    if (inputs.is_array()) {
      for (const Json& row : inputs) requests.push_back(request_of(row, max_k));
    } else {
      requests.push_back(request_of(inputs, max_k));
    }
    return requests;
  }
  std::size_t rows = 0;
  for (const char* name : {"user_id", "history"}) {
    if (inputs.contains(name) && inputs.at(name).is_array()) rows = inputs.at(name).size();
  }
  if (rows == 0) fail(400, "Missing 'user_id' or 'history' input");
  for (std::size_t i = 0; i < rows; ++i) {
    Json row = Json::object();
    for (const char* name : kInputs) {  // others are ignored
      if (!inputs.contains(name)) continue;
      const Json& column = inputs.at(name);
      const bool for_all = !column.is_array();
      if (!for_all && column.size() != rows)
        fail(400, std::string("input ") + name + " has " + std::to_string(column.size()) + " rows, others " +
                      std::to_string(rows));
      row[name] = for_all ? column : column[i];
    }
    requests.push_back(request_of(row, max_k));
  }
  return requests;
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

// What is wrong with a body that is no JSON, in the words of TensorFlow Serving's parser.
std::string parse_complaint(const std::string& body) {
  try {
    if (Json::parse(body).is_null()) return "Invalid value. at offset: 0";
  } catch (const Json::parse_error& error) {
    return fmt::format("Invalid value. at offset: {}", error.byte > 0 ? error.byte - 1 : 0);
  } catch (const Json::out_of_range& error) {  // "... parsing '1e999'"
    const std::string what = error.what();
    const auto begin = what.find('\''), end = what.rfind('\'');
    const auto offset = begin < end ? body.find(what.substr(begin + 1, end - begin - 1)) : std::string::npos;
    return fmt::format("Number too big to be stored in double. at offset: {}",
                       offset == std::string::npos ? 0 : offset);
  }
  return "Terminate parsing due to Handler error. at offset: 0";  // nested too deep
}

// The body as an object, in the order of TensorFlow Serving's checks.
Json parsed(const std::string& body) {
  if (body.find_first_not_of(" \t\r\n") == std::string::npos) fail(400, "JSON Parse error: The document is empty");
  Json request = parse_json(body, kJsonDepth);
  if (request.is_discarded()) fail(400, "JSON Parse error: " + parse_complaint(body));
  if (!request.is_object())
    fail(400, "JSON Value: " + brief(request) + " Type: " + request.type_name() + " is not object");
  if (request.contains("signature_name")) {
    if (!request.at("signature_name").is_string()) fail(400, "'signature_name' key must be a string value.");
    const std::string name = request.at("signature_name");
    if (!name.empty() && name != "serving_default")
      fail(400, "Serving signature name: \"" + name + "\" not found in signature def");
  }
  return request;
}

// What classify and regress look at: a feature's first value as a text.
std::string feature(const Json& example, const char* name, bool needed) {
  if (!example.contains(name)) {
    if (needed) fail(400, std::string("Example has no feature ") + name);
    return {};
  }
  const Json& value = example.at(name);
  const Json& one = value.is_array() && !value.empty() ? value.front() : value;
  if (one.is_null()) fail(400, std::string("Feature: ") + name + " has element with unexpected JSON type: null");
  return one.is_string() ? one.get<std::string>() : one.dump();
}

}  // namespace

// "/v1/models/NAME[/versions/N|/labels/L]" with ":METHOD" or "/metadata" after it.
struct TensorflowApi::Target {
  std::string name, label, method;
  std::optional<std::int64_t> version;
  bool metadata = false;

  // What TensorFlow Serving calls a servable in messages.
  std::string servable() const {
    return version ? "Specific(" + name + ", " + std::to_string(*version) + ")" : "Latest(" + name + ")";
  }

  static std::optional<Target> parse(const std::string& path) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < path.size();) {
      const auto end = std::min(path.find('/', at + 1), path.size());
      parts.push_back(path.substr(at + 1, end - at - 1));
      at = end;
    }
    if (parts.size() < 3 || lower(parts[0]) != "v1" || lower(parts[1]) != "models") return std::nullopt;
    Target target;
    if (const auto colon = parts.back().find(':'); colon != std::string::npos) {
      target.method = lower(parts.back().substr(colon + 1));
      parts.back().resize(colon);
    } else if (lower(parts.back()) == "metadata" && parts.size() > 3) {
      target.metadata = true;
      parts.pop_back();
    }
    if (parts[2].empty() || parts[2].find(':') != std::string::npos || !percent_decode(parts[2], target.name))
      return std::nullopt;
    if (parts.size() == 3) return target;
    if (parts.size() != 5 || parts[4].empty()) return std::nullopt;
    if (lower(parts[3]) == "labels") {
      if (!percent_decode(parts[4], target.label)) return std::nullopt;
      return target;
    }
    const std::string& digits = parts[4];
    if (lower(parts[3]) != "versions" || !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
      return std::nullopt;
    std::int64_t version = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), version).ec != std::errc()) {
      fail(400, "Failed to convert version: " + digits + " to numeric.");
    }
    target.version = version;
    return target;
  }
};

bool TensorflowApi::owns(const std::string& path) { return path.size() >= 4 && lower(path.substr(0, 4)) == "/v1/"; }

std::shared_ptr<const ServedModel> TensorflowApi::servable(const Target& target) const {
  if (!target.label.empty()) fail(400, "Unrecognized servable version label: " + target.label);
  try {
    return context_->registry.find(target.name, target.version.value_or(0));
  } catch (const Error&) {
    fail(404, "Servable not found for request: " + target.servable());
  }
}

void TensorflowApi::handle(ApiCall call) const {
  const HttpReply reply = call.reply;
  try {
    const std::string method = call.request.method == "HEAD" ? "GET" : call.request.method;
    if (method == "GET" && lower(call.request.path) == "/v1/models") fail(400, "Missing model name in request.");
    const auto target = Target::parse(call.request.path);
    const bool asks = target && !target->method.empty();
    const bool known = target && (asks ? method == "POST" && !target->metadata : method == "GET");
    if (!known) fail(400, "Malformed request: " + method + " " + call.request.path);
    if (!asks) {
      target->metadata ? metadata(call, *target) : status(call, *target);
    } else if (target->method == "predict") {
      predict(std::move(call), *target);
    } else if (target->method == "classify" || target->method == "regress") {
      classify_or_regress(std::move(call), *target);
    } else {
      fail(400, "Malformed request: " + method + " " + call.request.path);
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
  if (!context_->queue.submit(std::move(job)))
    shared->reply(tensorflow_error({429, "too many requests wait; try again"}));
}

void TensorflowApi::predict(ApiCall call, const Target& target) const {
  const auto model = servable(target);
  const Json body = parsed(call.request.body);
  const bool rows = body.contains("instances");
  if (rows && body.contains("inputs"))
    fail(400, "Not formatted correctly: both 'instances' and 'inputs' keys are in the request");
  if (!rows && !body.contains("inputs")) fail(400, "Missing 'inputs' or 'instances' key");
  const std::int64_t max_k = context_->options.max_k;
  std::vector<RecommendRequest> requests;
  if (rows) {
    const Json& instances = body.at("instances");
    if (!instances.is_array()) fail(400, "Expected 'instances' to be a list/array");
    if (instances.empty()) fail(400, "No values in 'instances' array");
    for (const Json& row : instances) {
      if (row.is_object() != instances.front().is_object())
        fail(400, "Expected all values in 'instances' list to be of same type");
      requests.push_back(request_of(row, max_k));
    }
  } else {
    requests = requests_of_columns(body.at("inputs"), max_k);
  }
  if (requests.size() > static_cast<std::size_t>(context_->options.max_requests))
    fail(400, "too many rows: at most " + std::to_string(context_->options.max_requests));
  for (RecommendRequest& request : requests) add_live_history(request, *model, context_->histories);
  ask(std::move(call), model, [requests = std::move(requests), rows](Recommender& recommender) {
    const auto lists = recommender.recommend(requests);
    Json predictions = Json::array(), items = Json::array(), scores = Json::array();
    for (const auto& list : lists) {
      Json keys = Json::array(), values = Json::array();
      for (const Recommendation& item : list) {
        keys.push_back(item.item);
        values.push_back(item.score);
      }
      if (rows) predictions.push_back({{"item_id", keys}, {"score", values}});
      items.push_back(std::move(keys));
      scores.push_back(std::move(values));
    }
    return rows ? Json{{"predictions", predictions}} : Json{{"outputs", {{"item_id", items}, {"score", scores}}}};
  });
}

// classify: the best items as labels with their scores; regress: the stars of a user and an item.
void TensorflowApi::classify_or_regress(ApiCall call, const Target& target) const {
  const auto model = servable(target);
  const Json body = parsed(call.request.body);
  if (!body.contains("examples") || !body.at("examples").is_array() || body.at("examples").empty()) {
    fail(400, "When method is classify, key 'examples' is expected and was not found in the request");
  }
  Json examples = body.at("examples");
  if (examples.size() > static_cast<std::size_t>(context_->options.max_requests))
    fail(400, "too many examples: at most " + std::to_string(context_->options.max_requests));
  for (Json& example : examples) {
    if (!example.is_object()) fail(400, "Example must be JSON object but got JSON " + std::string(example.type_name()));
    if (!body.contains("context")) continue;
    if (!body.at("context").is_object()) fail(400, "Context must be JSON object");
    for (const auto& [name, value] : body.at("context").items()) {
      if (!example.contains(name)) example[name] = value;
    }
  }
  if (target.method == "regress") {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const Json& example : examples)
      pairs.emplace_back(feature(example, "user_id", true), feature(example, "item_id", true));
    ask(std::move(call), model, [pairs = std::move(pairs)](Recommender& recommender) {
      Json results = Json::array();
      for (const auto& [user, item] : pairs)
        results.push_back(recommender.predict_rating({.item = item, .user = user}).stars);
      return Json{{"results", results}};
    });
    return;
  }
  std::vector<RecommendRequest> requests;
  for (const Json& example : examples) requests.push_back({.user = feature(example, "user_id", true)});
  for (RecommendRequest& request : requests) add_live_history(request, *model, context_->histories);
  ask(std::move(call), model, [requests = std::move(requests)](Recommender& recommender) {
    Json results = Json::array();
    for (const auto& list : recommender.recommend(requests)) {
      Json labels = Json::array();
      for (const Recommendation& item : list) labels.push_back({item.item, item.score});
      results.push_back(std::move(labels));
    }
    return Json{{"results", results}};
  });
}

void TensorflowApi::status(const ApiCall& call, const Target& target) const {
  if (!target.label.empty()) fail(400, "Unrecognized servable version label: " + target.label);
  Json versions = Json::array();
  bool known = false;
  for (const ModelStatus& status : context_->registry.status()) {
    if (status.name != target.name) continue;
    known = true;
    if (target.version && *target.version != status.version) continue;
    const bool failed = status.state == ModelStatus::State::kFailed;
    const char* state = failed ? "END" : status.state == ModelStatus::State::kLoading ? "LOADING" : "AVAILABLE";
    versions.insert(versions.begin(),
                    Json{{"version", std::to_string(status.version)},
                         {"state", state},
                         {"status", {{"error_code", failed ? "UNKNOWN" : "OK"}, {"error_message", status.error}}}});
  }
  if (!known) fail(404, "Could not find any versions of model " + target.name);
  if (versions.empty())
    fail(404, "Could not find version " + std::to_string(*target.version) + " of model " + target.name);
  call.reply(json_response({{"model_version_status", versions}}));
}

void TensorflowApi::metadata(const ApiCall& call, const Target& target) const {
  const auto model = servable(target);
  call.reply(json_response(
      {{"model_spec", {{"name", model->name()}, {"signature_name", ""}, {"version", std::to_string(model->version())}}},
       {"metadata", {{"signature_def", {{"signature_def", signature_def()}}}}}}));
}

}  // namespace p5
