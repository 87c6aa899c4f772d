#include "serve/inference_api.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "base/json_field.h"
#include "p5/error.h"
#include "p5/version.h"
#include "serve/api_reply.h"
#include "serve/live_request.h"

namespace p5 {
namespace {

using Json = nlohmann::json;

HttpResponse protocol_error(int status, const std::string& text) { return json_response({{"error", text}}, status); }

HttpResponse protocol_error(const std::exception_ptr& error) {
  const HttpResponse own = error_response(error, "");
  return protocol_error(own.status, Json::parse(own.body).at("error"));
}

Json tensor(const char* name, const char* type, std::vector<std::int64_t> shape) {
  return {{"name", name}, {"datatype", type}, {"shape", std::move(shape)}};
}

Json inputs_of_model() {
  return {tensor("user_id", "BYTES", {-1}), tensor("history", "BYTES", {-1, -1}), tensor("k", "INT64", {1})};
}

Json outputs_of_model() { return {tensor("item_id", "BYTES", {-1, -1}), tensor("score", "FP32", {-1, -1})}; }

// Nested or flat, row by row.
void flatten(const Json& data, Json& flat) {
  for (const Json& each : data) {
    if (each.is_array()) {
      flatten(each, flat);
    } else {
      flat.push_back(each);
    }
  }
}

struct InputTensor {
  std::vector<std::int64_t> shape;
  Json flat = Json::array();
};

InputTensor read_tensor(const Json& input, const std::string& name, const char* type) {
  const auto bad = [&](const std::string& what) { return usage_error(what, {.where = "input '" + name + "'"}); };
  if (!input.contains("datatype") || input.at("datatype") != type)
    throw bad(std::string("the datatype must be ") + type);
  if (!input.contains("shape") || !input.at("shape").is_array() || !input.contains("data") ||
      !input.at("data").is_array()) {
    throw bad("shape and data must be lists");
  }
  InputTensor tensor;
  std::int64_t elements = 1;
  for (const Json& size : input.at("shape")) {
    if (!size.is_number_integer() || size < 0 || size > 10'000'000) throw bad("a size of the shape is no whole number");
    tensor.shape.push_back(size.get<std::int64_t>());
    elements *= tensor.shape.back();
    if (elements > 10'000'000) throw bad("the shape has too many elements");
  }
  flatten(input.at("data"), tensor.flat);
  if (static_cast<std::int64_t>(tensor.flat.size()) != elements) {
    throw usage_error("data and shape differ", {.where = "input '" + name + "'",
                                                .expected = std::to_string(elements) + " elements",
                                                .got = std::to_string(tensor.flat.size())});
  }
  return tensor;
}

std::string text_of(const Json& value, const std::string& name) {
  if (!value.is_string())
    throw usage_error("bad element", {.where = "input '" + name + "'", .expected = "a text", .got = brief(value)});
  return value.get<std::string>();
}

// The rows of the inputs as requests: of user_id, or of history where "" fills up short rows.
std::vector<RecommendRequest> requests_of(const Json& inputs, const ServeOptions& options) {
  if (!inputs.is_array() || inputs.empty())
    throw usage_error("bad value", {.where = "inputs", .expected = "a list of tensors"});
  std::vector<RecommendRequest> requests;
  std::int64_t k = 10;
  std::set<std::string> seen;
  for (const Json& input : inputs) {
    if (!input.is_object() || !input.contains("name") || !input.at("name").is_string()) {
      throw usage_error("bad value", {.where = "inputs", .expected = "tensors with a name", .got = brief(input)});
    }
    const std::string name = input.at("name");
    if (!seen.insert(name).second) throw usage_error("an input is given twice", {.where = "input '" + name + "'"});
    if (name == "k") {
      const InputTensor tensor = read_tensor(input, name, "INT64");
      if (tensor.flat.size() != 1 || !tensor.flat[0].is_number_integer() || tensor.flat[0] < 1 ||
          tensor.flat[0] > options.max_k) {
        throw usage_error("bad element", {.where = "input 'k'",
                                          .expected = "one whole number, 1 to " + std::to_string(options.max_k)});
      }
      k = tensor.flat[0].get<std::int64_t>();
      continue;
    }
    if (name != "user_id" && name != "history") {
      throw usage_error("unknown input", {.where = "input '" + name + "'", .expected = "user_id, history or k"});
    }
    const InputTensor tensor = read_tensor(input, name, "BYTES");
    const std::size_t rows = tensor.shape.empty() ? 1 : static_cast<std::size_t>(tensor.shape.front());
    if (requests.empty()) requests.resize(rows);
    if (rows != requests.size() || rows == 0)
      throw usage_error("inputs differ in their number of rows", {.where = "input '" + name + "'"});
    const std::size_t columns = tensor.flat.size() / rows;
    if (name == "user_id" && columns != 1)
      throw usage_error("bad shape", {.where = "input 'user_id'", .expected = "one text per row"});
    for (std::size_t i = 0; i < tensor.flat.size(); ++i) {
      std::string text = text_of(tensor.flat[i], name);
      if (name == "user_id") {
        requests[i].user = std::move(text);
      } else if (!text.empty()) {
        requests[i / columns].history.push_back(std::move(text));
      }
    }
  }
  if (requests.empty()) throw usage_error("an input is missing", {.where = "inputs", .expected = "user_id or history"});
  if (requests.size() > static_cast<std::size_t>(options.max_requests)) {
    throw usage_error("too many rows",
                      {.where = "inputs", .expected = "at most " + std::to_string(options.max_requests)});
  }
  for (RecommendRequest& request : requests) request.k = k;
  return requests;
}

// Lists as two tensors; short lists are filled up with "" and 0.
Json outputs_of(const std::vector<std::vector<Recommendation>>& lists) {
  std::size_t longest = 0;
  for (const auto& list : lists) longest = std::max(longest, list.size());
  Json keys = Json::array(), scores = Json::array();
  for (const auto& list : lists) {
    for (std::size_t i = 0; i < longest; ++i) {
      keys.push_back(i < list.size() ? Json(list[i].item) : Json(""));
      scores.push_back(i < list.size() ? list[i].score : 0.0);
    }
  }
  const Json shape{lists.size(), longest};
  return {{{"name", "item_id"}, {"shape", shape}, {"datatype", "BYTES"}, {"data", std::move(keys)}},
          {{"name", "score"}, {"shape", shape}, {"datatype", "FP32"}, {"data", std::move(scores)}}};
}

}  // namespace

void InferenceApi::add_to(Router& router) const {
  for (const char* path : {"/v2", "/v2/"}) {
    router.add("GET", path, [](const ApiCall& call) {
      call.reply(json_response({{"name", "p5"}, {"version", std::string(kVersion)}, {"extensions", Json::array()}}));
    });
  }
  router.add("GET", "/v2/health/live", [](const ApiCall& call) { call.reply(json_response({{"live", true}})); });
  router.add("GET", "/v2/health/ready", [api = *this](const ApiCall& call) {
    call.reply(api.ready_() ? json_response({{"ready", true}}) : protocol_error(503, "not ready"));
  });
  const auto guarded = [](const ApiCall& call, const auto& body) {
    try {
      body();
    } catch (...) {
      call.reply(protocol_error(std::current_exception()));
    }
  };
  for (const std::string model : {"/v2/models/{model}", "/v2/models/{model}/versions/{version}"}) {
    router.add("GET", model, [api = *this, guarded](const ApiCall& call) { guarded(call, [&] { api.model(call); }); });
    router.add("GET", model + "/ready", [api = *this, guarded](const ApiCall& call) {
      guarded(call, [&] {
        const auto found = api.named(call);
        call.reply(api.ready_() ? json_response({{"name", found->name()}, {"ready", true}})
                                : protocol_error(503, "not ready"));
      });
    });
    router.add("POST", model + "/infer", [api = *this, guarded](ApiCall call) {
      const ApiCall errors{.request = {}, .id = call.id, .reply = call.reply};
      guarded(errors, [&] { api.infer(std::move(call)); });
    });
  }
}

std::shared_ptr<const ServedModel> InferenceApi::named(const ApiCall& call) const {
  std::int64_t version = 0;
  if (call.arguments.size() > 1) {
    const std::string& text = call.arguments[1];
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (error != std::errc() || end != text.data() + text.size() || version < 1) {
      throw not_found_error("no such version", {.where = call.arguments[0] + ", version '" + text.substr(0, 20) + "'"});
    }
  }
  return context_->registry.find(call.arguments.at(0), version);
}

void InferenceApi::model(const ApiCall& call) const {
  const auto found = named(call);
  Json versions = Json::array();
  for (const ModelStatus& status : context_->registry.status()) {
    if (status.name == found->name() && status.state == ModelStatus::State::kAvailable)
      versions.push_back(std::to_string(status.version));
  }
  call.reply(json_response({{"name", found->name()},
                            {"versions", versions},
                            {"platform", "p5_safetensors"},
                            {"inputs", inputs_of_model()},
                            {"outputs", outputs_of_model()}}));
}

void InferenceApi::infer(ApiCall call) const {
  const auto model = named(call);
  std::string why;
  const Json body = parse_json(call.request.body, kJsonDepth, &why);
  if (!body.is_object())
    throw usage_error("bad body", {.expected = "a JSON object", .got = body.is_discarded() ? why : brief(body)});
  if (!body.contains("inputs"))
    throw usage_error("a field is missing", {.where = "inputs", .expected = "a list of tensors"});
  std::vector<RecommendRequest> requests = requests_of(body.at("inputs"), context_->options);
  for (RecommendRequest& request : requests) add_live_history(request, *model, context_->histories);
  std::vector<std::string> wanted;
  for (const Json& output : body.value("outputs", Json::array())) {
    const std::string name =
        output.is_object() && output.contains("name") && output.at("name").is_string() ? output.at("name") : Json("");
    if (name != "item_id" && name != "score")
      throw usage_error("unknown output",
                        {.where = "outputs", .expected = "item_id or score", .got = "'" + name + "'"});
    wanted.push_back(name);
  }
  const Json id = body.value("id", Json());
  const auto shared = std::make_shared<ApiCall>(std::move(call));
  ModelJob job{.model = model,
               .deadline = shared->request.arrived + std::chrono::milliseconds(context_->options.deadline_ms)};
  job.answer = [shared, model, requests = std::move(requests), wanted, id](Recommender& recommender,
                                                                           std::span<const Recommendation>) {
    Json outputs = Json::array();
    Json all = outputs_of(recommender.recommend(requests));
    for (Json& output : all) {
      if (wanted.empty() || std::ranges::find(wanted, output.at("name").get<std::string>()) != wanted.end())
        outputs.push_back(std::move(output));
    }
    Json answer{{"model_name", model->name()},
                {"model_version", std::to_string(model->version())},
                {"outputs", std::move(outputs)}};
    if (!id.is_null()) answer["id"] = id;
    shared->reply(json_response(answer));
  };
  job.fail = [shared](std::exception_ptr error) { shared->reply(protocol_error(error)); };
  if (!context_->queue.submit(std::move(job))) shared->reply(protocol_error(429, "too many requests wait; try again"));
}

}  // namespace p5
