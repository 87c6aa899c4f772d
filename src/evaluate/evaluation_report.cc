#include "evaluate/evaluation_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/progress.h"
#include "evaluate/finding_tables.h"
#include "evaluate/row_differences.h"
#include "evaluate/task_layout.h"
#include "evaluate/text_table.h"

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
      json[score_key(result, score.name, json.contains(score.name))] = score.value;
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

using Rows = std::vector<EvaluationRow>;

// The feature asked for, what users wrote and what the model wrote, one below the other: the texts may be long.
std::string examples_section(const TaskResult& result) {
  std::string text;
  for (const WrittenText& example : result.examples) {
    text += fmt::format("  {}\n    users: {}\n    model: {}\n",
                        example.feature.empty() ? "without a feature" : example.feature, example.reference,
                        example.written);
  }
  return text.empty() ? text : fmt::format("Examples of prompt {}, drawn by seed\n{}", result.prompt, text);
}

// Scores of one part and of the task as a whole, as a row has them.
std::vector<Score> scores_of(const TaskResults& tasks, const TaskResult& result) {
  std::vector<Score> scores = result.scores;
  const TaskResult* whole = result.part.empty() ? nullptr : find_result(tasks, result.task);
  if (whole != nullptr) scores.insert(scores.end(), whole->scores.begin(), whole->scores.end());
  return scores;
}

std::string heading_of(const Score& score) { return score.heading.empty() ? score.name : score.heading; }

// A heading that ends with a blank leaves room for a mark.
std::string cell_of(const Score& column, const std::vector<Score>& scores) {
  const auto found =
      std::find_if(scores.begin(), scores.end(), [&](const Score& score) { return score.name == column.name; });
  if (found == scores.end()) return "";
  return to_text(*found) + (heading_of(column).back() != ' ' ? "" : found->within_list ? "*" : " ");
}

// All results of one task and part, in the columns that the first of them has.
class Section {
 public:
  Section(const TaskResults& tasks, const TaskResult& first) : first_(first), layout_(layout_of(first.task)) {
    for (Score& score : scores_of(tasks, first)) {
      if (contains(layout_.not_in_tables, score.name)) continue;
      (contains(layout_.after_count, score.name) ? after_ : before_).push_back(std::move(score));
    }
  }

  std::string to_text(const Rows& rows) const {
    TextTable table(header());
    for (const EvaluationRow& row : rows) {
      for (const TaskResult& result : row.tasks) {
        if (result.task == first_.task && result.part == first_.part) table.add_row(cells(row, result));
      }
    }
    const std::string sampled =
        first_.n < first_.of ? fmt::format(" ({} of {}, drawn by seed)", with_commas(first_.n), with_commas(first_.of))
                             : "";
    return "\n" + first_.title + sampled + "\n" + table.to_text() + examples_section(first_);
  }

 private:
  std::vector<std::string> header() const {
    std::vector<std::string> cells{""};
    if (layout_.shows_prompt) cells.emplace_back("prompt");
    for (const Score& column : before_) cells.push_back(heading_of(column));
    cells.emplace_back(layout_.count_heading);
    for (const Score& column : after_) cells.push_back(heading_of(column));
    return cells;
  }

  std::vector<std::string> cells(const EvaluationRow& row, const TaskResult& result) const {
    const std::vector<Score> scores = scores_of(row.tasks, result);
    std::vector<std::string> cells{row.name};
    if (layout_.shows_prompt) cells.push_back(result.prompt);
    for (const Score& column : before_) cells.push_back(cell_of(column, scores));
    cells.push_back(with_commas(result.n));
    for (const Score& column : after_) cells.push_back(cell_of(column, scores));
    return cells;
  }

  const TaskResult& first_;
  const TaskLayout& layout_;
  std::vector<Score> before_, after_;  // columns, before and after the number of questions
};

// The sections of the tasks that `wanted` selects, each at the first occurrence of its task and part.
std::string sections(const Rows& rows, const std::function<bool(const std::string& task)>& wanted) {
  std::string text;
  std::set<std::pair<std::string, std::string>> shown;
  for (const EvaluationRow& row : rows) {
    for (const TaskResult& result : row.tasks) {
      const bool whole = result.part.empty() && layout_of(result.task).nested;
      if (whole || !wanted(result.task) || !shown.insert({result.task, result.part}).second) continue;
      text += Section(row.tasks, result).to_text(rows);
    }
  }
  return text;
}

bool any_within_list(const Rows& rows) {
  for (const EvaluationRow& row : rows) {
    for (const TaskResult& result : row.tasks) {
      for (const Score& score : result.scores) {
        if (score.within_list) return true;
      }
    }
  }
  return false;
}

}  // namespace

nlohmann::ordered_json EvaluationReport::to_json() const {
  Json switches = {
      {"candidates", protocol.candidates}, {"ties", protocol.ties}, {"seed", protocol.seed}, {"beam", protocol.beam}};
  if (!protocol.config_sha256.empty()) switches["config_sha256"] = protocol.config_sha256;
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
  return {{"run", run},
          {"corpus", corpus},
          {"split", split},
          {"protocol", std::move(switches)},
          {"tasks", task_json(tasks)},
          {"rows", std::move(baselines)},
          {"differences", differences_json(tasks, rows)},
          {"seconds", seconds}};
}

std::string EvaluationReport::to_table() const {
  Rows all{{.name = run, .tasks = tasks}};
  all.insert(all.end(), rows.begin(), rows.end());
  std::string text =
      fmt::format("{} on {}, {} split; {} items ranked, equal times: {}, seed {}, beam {}; {}\n", run, corpus, split,
                  protocol.candidates, protocol.ties, protocol.seed, protocol.beam, format_duration(seconds));
  if (!protocol.trained_data_sha256.empty()) {
    text += "Changed corpus: the run was trained on other events, some of which may be targets here.\n";
  }
  for (const TaskLayout& layout : listed_layouts()) {
    text += sections(all, [&](const std::string& task) { return task == layout.task; });
  }
  if (const std::string differences = differences_tables(tasks, rows); !differences.empty()) {
    text += "\nDifferences between the run and other rows, 95% intervals over the same questions; ! excludes 0\n" +
            differences;
  }
  text += sections(all, [](const std::string& task) { return layout_of(task).task.empty(); });
  if (any_within_list(all)) text += "\n* ranked by a returned list: a target outside it is a miss, also for MRR.\n";
  return text;
}

std::string EvaluationReport::to_beyond_table() const {
  Rows all{{.name = run, .tasks = tasks}};
  all.insert(all.end(), rows.begin(), rows.end());
  return finding_tables(all);
}

}  // namespace p5
