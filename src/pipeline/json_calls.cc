#include "p5/json_calls.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/json_field.h"
#include "base/request_fields.h"
#include "p5/corpus_table.h"
#include "p5/error.h"
#include "p5/pipeline.h"

namespace p5 {
namespace {

constexpr std::size_t kMostListed = 100000;

// [[key, value, origin], ...]; of a setting without an origin the caller is named.
Settings read_settings(RequestFields& fields) {
  Settings settings;
  const nlohmann::json* list = fields.list("settings", kMostListed);
  if (list == nullptr) return settings;
  for (const nlohmann::json& entry : *list) {
    const bool texts =
        entry.is_array() && (entry.size() == 2 || entry.size() == 3) &&
        std::all_of(entry.begin(), entry.end(), [](const nlohmann::json& part) { return part.is_string(); });
    if (!texts) throw fields.bad("settings", "lists of a key, a value and who set it, as texts", entry);
    Setting& setting =
        settings.emplace_back(Setting{.key = entry[0].get<std::string>(), .value = entry[1].get<std::string>()});
    if (entry.size() == 3) setting.origin = entry[2].get<std::string>();
  }
  return settings;
}

// With those of a file, which count before the others.
Settings read_settings_with_file(RequestFields& fields) {
  const std::string config = fields.text("config").value_or("");
  Settings settings = config.empty() ? Settings() : read_run_settings(config);
  const Settings own = read_settings(fields);
  settings.insert(settings.end(), own.begin(), own.end());
  return settings;
}

std::string run_import(RequestFields& fields, const StopToken& stop) {
  ImportRequest request{.inputs = fields.texts("inputs", kMostListed), .out = fields.required_text("out")};
  request.settings = read_settings(fields);
  request.stop = stop;
  fields.finish();
  return import_corpus(request).json;
}

std::string run_simulate(RequestFields& fields, const StopToken& stop) {
  SimulateRequest request{.out = fields.required_text("out"), .force = fields.boolean("force", false)};
  request.settings = read_settings(fields);
  request.stop = stop;
  fields.finish();
  return simulate_corpus(request).json;
}

std::string run_stats(RequestFields& fields, const StopToken&) {
  const std::string corpus = fields.required_text("corpus");
  fields.finish();
  return CorpusTable::open(corpus).stats_json();
}

std::string run_train(RequestFields& fields, const StopToken& stop) {
  TrainRequest request{.corpus = fields.text("corpus").value_or(""), .out = fields.required_text("out")};
  request.resume = fields.boolean("resume", false);
  request.from = fields.text("from").value_or("");
  request.force = fields.boolean("force", false);
  request.settings = read_settings_with_file(fields);
  request.stop = stop;
  fields.finish();
  return train(request).json;
}

std::string run_pretrain(RequestFields& fields, const StopToken& stop) {
  PretrainRequest request{.corpora = fields.text_or_texts("corpus", 64), .out = fields.required_text("out")};
  request.objectives = fields.texts("objectives", 64);
  request.force = fields.boolean("force", false);
  request.settings = read_settings_with_file(fields);
  request.stop = stop;
  fields.finish();
  return pretrain(request).json;
}

std::string run_finetune(RequestFields& fields, const StopToken& stop) {
  FinetuneRequest request{.from = fields.required_text("from"),
                          .corpus = fields.text("corpus").value_or(""),
                          .out = fields.required_text("out")};
  request.tasks = fields.texts("tasks", 16);
  request.force = fields.boolean("force", false);
  request.settings = read_settings_with_file(fields);
  request.stop = stop;
  fields.finish();
  return finetune(request).json;
}

std::string run_compress(RequestFields& fields, const StopToken& stop) {
  CompressRequest request{.run = fields.required_text("run"), .out = fields.required_text("out")};
  request.distil = fields.boolean("distil", false);
  request.prune = fields.boolean("prune", false);
  request.int8 = fields.boolean("int8", false);
  request.force = fields.boolean("force", false);
  request.settings = read_settings_with_file(fields);
  request.stop = stop;
  fields.finish();
  return compress(request).json;
}

std::string run_reinforce(RequestFields& fields, const StopToken& stop) {
  ReinforceRequest request{.from = fields.required_text("from"),
                           .corpus = fields.text("corpus").value_or(""),
                           .out = fields.required_text("out")};
  request.force = fields.boolean("force", false);
  request.settings = read_settings_with_file(fields);
  request.encoder = fields.text("encoder").value_or("");
  request.stop = stop;
  fields.finish();
  return reinforce(request).json;
}

std::string run_forget(RequestFields& fields, const StopToken& stop) {
  ForgetRequest request{.users = fields.texts("users", kMostListed), .run = fields.required_text("run")};
  request.corpus = fields.text("corpus").value_or("");
  request.feedback = fields.text("feedback").value_or("");
  request.method = fields.text("method").value_or("retrain");
  request.settings = read_settings_with_file(fields);
  request.stop = stop;
  fields.finish();
  return forget(request).json;
}

std::string run_fuse(RequestFields& fields, const StopToken& stop) {
  FuseRequest request{.run = fields.required_text("run"), .corpus = fields.text("corpus").value_or("")};
  request.settings = read_settings_with_file(fields);
  request.stop = stop;
  fields.finish();
  return fuse(request).json;
}

std::string run_evaluate(RequestFields& fields, const StopToken& stop) {
  EvaluateRequest request{.run = fields.required_text("run"), .corpus = fields.text("corpus").value_or("")};
  request.changed_corpus = fields.boolean("changed_corpus", false);
  request.out = fields.text("out").value_or("");
  request.sliding = fields.integer("sliding", 0, 0, 1000000);
  request.settings = read_settings_with_file(fields);
  request.stop = stop;
  fields.finish();
  return evaluate(request).json;
}

std::string run_compare(RequestFields& fields, const StopToken&) {
  CompareRequest request{.runs = fields.texts("runs", kMostListed)};
  request.split = fields.text("split").value_or("test");
  request.metrics = fields.texts("metrics", kMostListed);
  request.to = fields.text("to").value_or("");
  request.baselines = fields.boolean("baselines", false);
  fields.finish();
  return compare(request).json;
}

std::string list_sources(RequestFields& fields, const StopToken&) {
  fields.finish();
  nlohmann::ordered_json sources = nlohmann::ordered_json::array();
  for (const SourceInfo& each : recommendation_sources()) {
    sources.push_back({{"source", each.name}, {"summary", each.summary}});
  }
  return pretty_json(nlohmann::ordered_json{{"sources", std::move(sources)}});
}

KeyKind read_key_kind(RequestFields& fields, const char* name) {
  const std::string kind = fields.text(name).value_or("text");
  if (kind == "text") return KeyKind::kText;
  if (kind == "integer") return KeyKind::kInteger;
  throw fields.bad(name, "text or integer", kind);
}

struct VerbRow {
  std::string_view name;
  std::string (*run)(RequestFields& fields, const StopToken& stop);
};

constexpr VerbRow kVerbs[] = {
    {"import", run_import},     {"simulate", run_simulate}, {"stats", run_stats},         {"train", run_train},
    {"pretrain", run_pretrain}, {"finetune", run_finetune}, {"reinforce", run_reinforce}, {"fuse", run_fuse},
    {"forget", run_forget},     {"compress", run_compress}, {"evaluate", run_evaluate},   {"compare", run_compare},
    {"sources", list_sources},
};

}  // namespace

std::string run_json(std::string_view verb, const std::string& request, const StopToken& stop) {
  const nlohmann::json body = parse_request(request);
  RequestFields fields(body);
  std::string known;
  for (const VerbRow& row : kVerbs) {
    if (row.name == verb) return row.run(fields, stop);
    known += (known.empty() ? "" : ", ") + std::string(row.name);
  }
  throw usage_error("no such verb",
                    {.where = "verb", .expected = "one of " + known, .got = "'" + std::string(verb) + "'"});
}

TableImportRequest table_import_request_of(const std::string& json) {
  const nlohmann::json body = parse_request(json);
  RequestFields fields(body);
  TableImportRequest request{.out = fields.required_text("out")};
  request.user_keys = read_key_kind(fields, "user_keys");
  request.item_keys = read_key_kind(fields, "item_keys");
  request.onto = fields.text("onto").value_or("");
  request.settings = read_settings(fields);
  fields.finish();
  return request;
}

}  // namespace p5
