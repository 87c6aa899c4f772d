#include "evaluate/evaluation_report.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "evaluate/finding_tables.h"
#include "evaluate/report_tables.h"
#include "evaluate/row_differences.h"
#include "evaluate/task_layout.h"
#include "evaluate/verdict.h"

namespace p5 {
namespace {

using Json = nlohmann::ordered_json;

// Parts of one task share its object. In a nested task each part is an object in it. Else the first part has plain
// keys, and the counts and prompts of the others are prefixed with the part's name.
void add_json(const TaskResult& result, Json& tasks) {
  const TaskLayout& layout = layout_of(result.task);
  Json& json = tasks[result.task];
  const std::string prefix = json.is_null() || result.part.empty() || layout.nested ? "" : result.part + "_";
  json[prefix + std::string(layout.count_key)] = result.n;
  if (result.of > 0) json[prefix + "of"] = result.of;
  if (!result.prompt.empty()) json[prefix + "prompt"] = result.prompt;
  if (!result.hint.empty()) json["hint"] = result.hint;
  const bool nested = layout.nested && !result.part.empty();
  for (const Score& score : result.scores) {
    if (contains(layout.not_in_json, score.name)) continue;
    if (nested) {
      json[result.part][score.name] = score.value;
    } else {
      const std::string key = score_key(result, score.name, json.contains(score.name));
      json[key] = score.value;
      if (score.margin && std::isfinite(*score.margin)) json[key + "_margin"] = *score.margin;
    }
  }
  if (!result.beyond.empty()) json["beyond"][result.part] = findings_json(result.beyond);
  for (const auto& [key, value] : result.details) json[key] = value;
  for (const WrittenText& text : result.examples) {
    Json example = {{"reference", text.reference}, {"written", text.written}};
    if (!text.feature.empty()) example["feature"] = text.feature;
    json[prefix + "examples"].push_back(std::move(example));
  }
}

Json task_json(const TaskResults& tasks) {
  Json json = Json::object();
  for (const TaskResult& result : tasks) add_json(result, json);
  return json;
}

}  // namespace

std::string EvaluationRow::label_of(const TaskResult& result) const {
  if (label.empty()) return name;
  return result.prompt.empty() || layout_of(result.task).shows_prompt ? label : label + " " + result.prompt;
}

nlohmann::ordered_json EvaluationReport::to_json() const {
  Json switches = {
      {"candidates", protocol.candidates}, {"ties", protocol.ties}, {"seed", protocol.seed}, {"beam", protocol.beam}};
  if (!protocol.split_kind.empty()) switches["split_kind"] = protocol.split_kind;
  if (!protocol.config_sha256.empty()) switches["config_sha256"] = protocol.config_sha256;
  if (!protocol.settings_sha256.empty()) switches["settings_sha256"] = protocol.settings_sha256;
  if (!protocol.data_sha256.empty()) switches["data_sha256"] = protocol.data_sha256;
  if (!protocol.trained_data_sha256.empty()) {
    switches["changed_corpus"] = true;
    switches["trained_data_sha256"] = protocol.trained_data_sha256;
  }
  for (const auto& [key, value] : protocol.decoding) {
    Json parsed = Json::parse(value, nullptr, /*allow_exceptions=*/false);
    switches["decoding"][key] = parsed.is_discarded() ? Json(value) : std::move(parsed);
  }
  Json baselines = Json::object();
  for (const EvaluationRow& row : rows) baselines[row.name] = task_json(row.tasks);
  Json json{{"run", run},
            {"corpus", corpus},
            {"split", split},
            {"protocol", std::move(switches)},
            {"tasks", task_json(tasks)},
            {"rows", std::move(baselines)},
            {"differences", differences_json(tasks, rows)},
            {"verdict", verdict_of(*this)},
            {"seconds", seconds}};
  if (items > 0) json["items"] = items;
  if (per_user) json["per_user"] = {{"file", per_user->name}, {"sha256", per_user->sha256}};
  return json;
}

std::string EvaluationReport::to_table(ReportDetail detail) const { return report_tables(*this, detail); }

std::string EvaluationReport::to_beyond_table() const { return finding_tables(all_rows(*this)); }

}  // namespace p5
