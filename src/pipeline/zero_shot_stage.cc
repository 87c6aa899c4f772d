#include "pipeline/zero_shot_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/progress.h"
#include "base/text_layout.h"
#include "evaluate/text_table.h"
#include "examine/text_evaluation.h"
#include "p5/error.h"
#include "recommend/loaded_run.h"

namespace p5 {
namespace {

using Json = nlohmann::ordered_json;

void add_scores(const std::vector<Score>& scores, Json& json) {
  for (const Score& score : scores) json[score.name] = score.value;
}

std::vector<std::string> cells_of(const std::string& name, const std::vector<std::string>& columns,
                                  const TaskResult& result) {
  std::vector<std::string> cells{name};
  for (const std::string& column : columns) {
    std::string cell;
    for (const Score& score : result.scores) {
      if (score.name == column) cell = to_text(score);
    }
    cells.push_back(std::move(cell));
  }
  cells.push_back(with_commas(result.n));
  return cells;
}

std::vector<std::string> columns_of(const TaskResult& result) {
  std::vector<std::string> names;
  for (const Score& score : result.scores) {
    if (score.name != "auc") names.push_back(score.name);
  }
  // AUC is absent where all truths are one class; such results share the table of the others.
  if (!names.empty() && names.front() == "accuracy") names.push_back("auc");
  return names;
}

}  // namespace

Json ZeroShotReport::to_json() const {
  Json prompts = Json::array();
  for (const ZeroShotRow& row : rows) {
    Json json{{"id", row.prompt}, {"family", row.family}, {"task", row.task}};
    if (!row.result.hint.empty()) json["hint"] = row.result.hint;
    json["n"] = row.result.n;
    json["of"] = row.result.of;
    add_scores(row.result.scores, json);
    json["baseline"] = {{"name", row.baseline_name}};
    add_scores(row.baseline.scores, json["baseline"]);
    prompts.push_back(std::move(json));
  }
  return {{"run", run},     {"trained_on", trained_on},      {"corpus", corpus},
          {"split", split}, {"prompts", std::move(prompts)}, {"seconds", seconds}};
}

std::string ZeroShotReport::to_table() const {
  std::string text = fmt::format("{}, trained on {}, asked about {}, {} split of its reviews; {}\n", run, trained_on,
                                 corpus, split, format_duration(seconds));
  std::vector<std::vector<std::string>> kinds;
  for (const ZeroShotRow& row : rows) {
    const auto columns = columns_of(row.result);
    if (std::find(kinds.begin(), kinds.end(), columns) == kinds.end()) kinds.push_back(columns);
  }
  for (const auto& columns : kinds) {
    std::vector<std::string> header{"prompt"};
    header.insert(header.end(), columns.begin(), columns.end());
    header.push_back("n");
    TextTable table(header);
    for (const ZeroShotRow& row : rows) {
      if (columns_of(row.result) != columns) continue;
      const std::string hint = row.result.hint.empty() ? "" : ", hint: " + row.result.hint;
      table.add_row(
          cells_of(fmt::format("{} ({}, {}{})", row.prompt, row.family, row.task, hint), columns, row.result));
      table.add_row(cells_of("  " + row.baseline_name, columns, row.baseline));
    }
    text += "\n" + table.to_text();
  }
  text += fmt::format(
      "\nBelow each prompt is the baseline, counted on training reviews of {}; the run saw none of them.\n", corpus);
  return text;
}

ZeroShotReport ask_zero_shot(const RunDirectory& run, const RunConfig& config, const std::filesystem::path& corpus) {
  const auto start = std::chrono::steady_clock::now();
  const auto loaded = LoadedRun::open(run.path(), {.corpus = corpus, .other_catalog = true});
  const ModelBundle& bundle = loaded->bundle;
  const DataSplits& data = loaded->data;
  const auto model = load_bundle_model(bundle, run.bundle(), config.device);
  const TextEvaluation texts({*model, loaded->writer, bundle, data, config.evaluate, config.decode, config.answer,
                              /*foreign=*/true});
  ZeroShotReport report{.run = run.path().string(),
                        .trained_on = run.manifest().corpus_name,
                        .corpus = data.corpus->info().name,
                        .split = config.evaluate.split};
  for (const PromptTemplate& prompt : bundle.prompts->all()) {
    const bool item = prompt.task == PromptTask::kNextItem || prompt.task == PromptTask::kChoose;
    if (!prompt.held_out || item || !is_taught(prompt, bundle.task)) continue;
    ZeroShotRow row{.prompt = prompt.id, .family = prompt.family, .task = std::string(to_string(prompt.task))};
    row.result = texts.measure(prompt);
    if (row.result.n == 0) continue;
    std::tie(row.baseline_name, row.baseline) = texts.baselines(prompt).front();
    report.rows.push_back(std::move(row));
  }
  if (report.rows.empty()) {
    throw usage_error("there is nothing to ask about",
                      {.where = corpus.string(),
                       .expected = "titles, and reviews or ratings, for a prompt that is held out",
                       .got = "no question that the run was trained to answer"});
  }
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace p5
