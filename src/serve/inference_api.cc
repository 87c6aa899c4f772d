#include "serve/inference_api.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "p5/error.h"
#include "p5/version.h"
#include "serve/api_reply.h"
#include "serve/inference_tensors.h"
#include "serve/list_jobs.h"
#include "serve/live_request.h"

namespace p5 {
namespace {

using Json = nlohmann::json;

HttpResponse protocol_error(int status, const std::string& text) { return json_response({{"error", text}}, status); }

HttpResponse protocol_error(const std::exception_ptr& error) {
  const HttpResponse own = error_response(error, "");
  return protocol_error(own.status, Json::parse(own.body).at("error"));
}

constexpr std::string_view kItems = "item_id", kScores = "score";

Json tensor(std::string_view name, std::string_view type, std::vector<std::int64_t> shape) {
  return {{"name", name}, {"datatype", type}, {"shape", std::move(shape)}};
}

Json inputs_of_model() {
  return {tensor("user_id", "BYTES", {-1}), tensor("history", "BYTES", {-1, -1}), tensor("k", "INT64", {1})};
}

Json outputs_of_model() { return {tensor(kItems, "BYTES", {-1, -1}), tensor(kScores, "FP32", {-1, -1})}; }

std::int64_t list_length_of(const InputTensor& input, std::int64_t most) {
  if (input.numbers.size() == 1 && input.numbers[0] >= 1 && input.numbers[0] <= most) return input.numbers[0];
  throw usage_error("bad element",
                    {.where = "input 'k'", .expected = "one whole number, 1 to " + std::to_string(most)});
}

// The rows of the inputs as requests: of user_id, or of history where "" fills up short rows.
std::vector<RecommendRequest> requests_of(std::vector<InputTensor> inputs, const ServeOptions& options) {
  std::vector<RecommendRequest> requests;
  std::int64_t k = 10;
  for (InputTensor& input : inputs) {
    if (input.name == "k") {
      k = list_length_of(input, options.max_k);
      continue;
    }
    const std::size_t rows = input.rows();
    if (rows > static_cast<std::size_t>(options.max_requests)) {
      throw usage_error("too many rows",
                        {.where = "inputs", .expected = "at most " + std::to_string(options.max_requests)});
    }
    if (requests.empty()) requests.resize(rows);
    if (rows != requests.size() || rows == 0)
      throw usage_error("inputs differ in their number of rows", {.where = "input '" + input.name + "'"});
    const std::size_t columns = input.texts.size() / rows;
    if (input.name == "user_id" && columns != 1)
      throw usage_error("bad shape", {.where = "input 'user_id'", .expected = "one text per row"});
    if (columns > static_cast<std::size_t>(options.max_history))
      throw usage_error("bad shape", {.where = "input 'history'",
                                      .expected = "at most " + std::to_string(options.max_history) + " per row"});
    for (std::size_t i = 0; i < input.texts.size(); ++i) {
      if (input.name == "user_id") {
        requests[i].user = std::move(input.texts[i]);
      } else if (!input.texts[i].empty()) {
        requests[i / columns].history.push_back(std::move(input.texts[i]));
      }
    }
  }
  if (requests.empty()) throw usage_error("an input is missing", {.where = "inputs", .expected = "user_id or history"});
  for (RecommendRequest& request : requests) request.k = k;
  return requests;
}

// Throws for an output that there is not.
void check_outputs(const InferenceRequest& request) {
  for (const auto& [name, raw] : request.outputs) {
    if (name != kItems && name != kScores)
      throw usage_error("unknown output",
                        {.where = "outputs", .expected = "item_id or score", .got = "'" + name + "'"});
  }
}

// Lists as two tensors, of which those that are wanted; short lists are filled up with "" and 0.
std::vector<OutputTensor> outputs_of(const std::vector<std::vector<Recommendation>>& lists,
                                     const InferenceRequest& request) {
  std::size_t longest = 0;
  for (const auto& list : lists) longest = std::max(longest, list.size());
  const std::vector<std::int64_t> shape{static_cast<std::int64_t>(lists.size()), static_cast<std::int64_t>(longest)};
  OutputTensor keys{.name = std::string(kItems), .datatype = "BYTES", .shape = shape};
  OutputTensor scores{.name = std::string(kScores), .datatype = "FP32", .shape = shape};
  for (const auto& list : lists) {
    for (std::size_t i = 0; i < longest; ++i) {
      keys.texts.push_back(i < list.size() ? list[i].item : "");
      scores.numbers.push_back(i < list.size() ? static_cast<float>(list[i].score) : 0.0F);
    }
  }
  std::vector<OutputTensor> outputs;
  for (OutputTensor* output : {&keys, &scores}) {
    const auto wanted = std::ranges::find(request.outputs, output->name, &InferenceRequest::Output::name);
    if (!request.outputs.empty() && wanted == request.outputs.end()) continue;
    output->raw = request.outputs.empty() ? request.raw_outputs : wanted->raw;
    outputs.push_back(std::move(*output));
  }
  return outputs;
}

}  // namespace

void InferenceApi::add_to(Router& router) const {
  for (const char* path : {"/v2", "/v2/"}) {
    router.add("GET", path, [](const ApiCall& call) {
      call.reply(json_response(
          {{"name", "p5"}, {"version", std::string(kVersion)}, {"extensions", Json::array({"binary_tensor_data"})}}));
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
  static const std::vector<TensorType> types{{"user_id", "BYTES"}, {"history", "BYTES"}, {"k", "INT64"}};
  const auto model = named(call);
  InferenceRequest asked = parse_inference(call.request, types);
  std::vector<RecommendRequest> requests = requests_of(std::move(asked.inputs), context_->options);
  check_outputs(asked);
  const std::int64_t version = call.arguments.size() > 1 ? model->version() : 0;
  ListsAsked wanted{.request_id = call.id,
                    .deadline = call.request.arrived + std::chrono::milliseconds(context_->options.deadline_ms)};
  for (RecommendRequest& request : requests) {
    wanted.rows.push_back(list_row(*context_, std::move(request), model->name(), version));
  }
  const auto shared = std::make_shared<ApiCall>(std::move(call));
  const auto lists = std::make_shared<std::vector<std::vector<Recommendation>>>(wanted.rows.size());
  wanted.answer = [lists, metrics = &context_->metrics](std::size_t row, const ListRow& one, Recommender& recommender,
                                                        std::span<const Recommendation> items) {
    count_fallbacks({&one.request, 1}, recommender, *metrics);
    lists->at(row).assign(items.begin(), items.end());
  };
  wanted.finish = [shared, lists, model, asked = std::move(asked)] {
    Json answer{{"model_name", model->name()}, {"model_version", std::to_string(model->version())}};
    if (!asked.id.empty()) answer["id"] = asked.id;
    shared->reply(inference_response(std::move(answer), outputs_of(*lists, asked)));
  };
  wanted.fail = [shared](std::exception_ptr error) { shared->reply(protocol_error(error)); };
  if (!ask_for_lists(*context_, std::move(wanted))) shared->reply(overloaded_response(Json{{"error", kOverloaded}}));
}

}  // namespace p5
