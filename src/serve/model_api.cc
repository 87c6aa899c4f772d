#include "serve/model_api.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>
#include <vector>

#include "base/json_field.h"
#include "base/request_fields.h"
#include "p5/error.h"
#include "serve/api_reply.h"
#include "serve/api_routes.h"

namespace p5 {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMostReportBytes = 64 << 20;
constexpr std::size_t kMostSteps = 1'000'000, kShownSteps = 300;

std::int64_t version_of(const std::string& text) {
  std::int64_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw usage_error("bad version",
                      {.where = "version", .expected = "a whole number", .got = "'" + text.substr(0, 20) + "'"});
  }
  return version;
}

}  // namespace

Json models_json(const ModelRegistry& registry) {
  Json models = Json::array();
  for (const ModelStatus& status : registry.status()) {
    Json line{{"name", status.name},
              {"version", status.version},
              {"run", status.run},
              {"state", to_string(status.state)},
              {"serving", status.serving},
              {"share", status.share},
              {"load_seconds", status.load_seconds}};
    if (!status.labels.empty()) line["labels"] = status.labels;
    if (!status.error.empty()) line["error"] = status.error;
    models.push_back(std::move(line));
  }
  return {{"models", std::move(models)}, {"default", registry.default_name()}};
}

void ModelApi::add_to(Router& router) const {
  router.add("GET", "/api/v1/models", [api = *this](const ApiCall& call) { api.list(call); });
  add_route(router, "POST", "/api/v1/models/{name}/load", *this, &ModelApi::load);
  for (const char* what : {"promote", "rollback", "split", "label"}) {
    router.add("POST", std::string("/api/v1/models/{name}/") + what, [api = *this, what](const ApiCall& call) {
      answer_errors(call.reply, call.id, [&] { api.change(call, what); });
    });
  }
  for (const auto& [what, handler] :
       {std::pair<const char*, void (ModelApi::*)(const ApiCall&) const>{"report", &ModelApi::report},
        {"training", &ModelApi::training}}) {
    router.add("GET", std::string("/api/v1/models/{name}/") + what,
               [api = *this, handler = handler](const ApiCall& call) {
                 answer_errors(call.reply, call.id, [&] { (api.*handler)(call); });
               });
  }
  router.add("DELETE", "/api/v1/models/{name}/versions/{version}", [api = *this](const ApiCall& call) {
    answer_errors(call.reply, call.id, [&] {
      api.context_->registry.unload(call.arguments.at(0), version_of(call.arguments.at(1)));
      api.list(call);
    });
  });
}

void ModelApi::list(const ApiCall& call) const {
  Json answer = models_json(context_->registry);
  answer["request_id"] = call.id;
  call.reply(json_response(answer));
}

// Answered when the version is loaded; requests for other versions go on meanwhile.
void ModelApi::load(ApiCall call) const {
  const Json body = parse_request(call.request.body);
  RequestFields fields(body);
  const std::string run = fields.required_text("run");
  const bool promote = fields.boolean("promote", true);
  fields.finish();
  const auto shared = std::make_shared<ApiCall>(std::move(call));
  const bool taken = background_->submit([shared, run, promote, api = *this] {
    answer_errors(shared->reply, shared->id, [&] {
      api.context_->registry.load(shared->arguments.at(0), run, promote);
      api.list(*shared);
    });
  });
  if (!taken) shared->reply(overloaded_response(shared->id));
}

// The reports that p5 evaluate left in the run's folder.
void ModelApi::report(const ApiCall& call) const {
  const std::filesystem::path run = context_->registry.find(call.arguments.at(0))->run();
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(run)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("report") && name.ends_with(".json")) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  Json reports = Json::array();
  for (const auto& file : files) {
    reports.push_back(
        {{"file", file.filename().string()}, {"report", read_json(file, kMostReportBytes, ErrorSubject::kModel)}});
  }
  call.reply(json_response({{"reports", std::move(reports)}, {"request_id", call.id}}));
}

// The steps of the training, at most some hundreds of them, evenly.
void ModelApi::training(const ApiCall& call) const {
  const std::filesystem::path run = context_->registry.find(call.arguments.at(0))->run();
  std::ifstream stream(run / "metrics.jsonl");
  std::vector<Json> all;
  for (std::string line; all.size() < kMostSteps && std::getline(stream, line);) {
    Json step = parse_json(line);
    if (step.is_object()) all.push_back(std::move(step));
  }
  const std::size_t stride = std::max<std::size_t>(1, all.size() / kShownSteps);
  Json steps = Json::array();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool validated = all[i].contains("validation");
    if (i % stride == 0 || i + 1 == all.size() || validated) steps.push_back(std::move(all[i]));
  }
  call.reply(json_response({{"steps", std::move(steps)}, {"request_id", call.id}}));
}

void ModelApi::change(const ApiCall& call, const char* what) const {
  ModelRegistry& registry = context_->registry;
  const std::string& name = call.arguments.at(0);
  if (std::strcmp(what, "rollback") == 0) {
    registry.roll_back(name);
    list(call);
    return;
  }
  const Json body = parse_request(call.request.body);
  RequestFields fields(body);
  const std::int64_t version = fields.integer("version", 0, 0, INT64_MAX);
  if (std::strcmp(what, "split") == 0) {
    const double share = fields.number("share").value_or(0);
    fields.finish();
    registry.split(name, version, share);
  } else if (std::strcmp(what, "label") == 0) {
    const std::string label = fields.required_text("label");
    fields.finish();
    registry.label(name, label, version);
  } else {
    fields.finish();
    registry.promote(name, version);
  }
  list(call);
}

}  // namespace p5
