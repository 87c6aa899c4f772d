#include "pipeline/compare_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "evaluate/ranking_metrics.h"
#include "evaluate/task_layout.h"
#include "evaluate/verdict.h"
#include "p5/error.h"
#include "pipeline/report_files.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModelRow = "p5";

// A report as it was given on the command line.
struct Input {
  std::string name;
  PerUserResults results;
};

// Rows of reports that make one row of the table.
struct Group {
  std::string row;  // of the reports: "p5", "hybrid"
  std::vector<const Input*> inputs;
};

std::string name_of(const fs::path& path) {
  std::string name = path.string();
  while (name.size() > 1 && name.back() == '/') name.pop_back();
  return name;
}

std::vector<Input> load(const CompareRunsRequest& request) {
  std::vector<Input> inputs;
  std::set<fs::path> known;
  for (const fs::path& path : request.inputs) {
    inputs.push_back({name_of(path), load_per_user_results(path, request.split)});
    if (known.insert(fs::weakly_canonical(path)).second) continue;
    throw usage_error("a run is given twice",
                      {.where = "request.runs", .expected = "each run once", .got = path.string()});
  }
  return inputs;
}

const TaskResult* next_item(const PerUserResults& results) {
  for (const PerUserResult& each : results.results) {
    if (each.result.task == "sequential" && each.result.part == "keep") return &each.result;
  }
  return nullptr;
}

std::string described(const PerUserResults& results) {
  const TaskResult* asked = next_item(results);
  return fmt::format("corpus {} (data {}), {} split ({}), {} users", results.corpus, results.data_sha256.substr(0, 12),
                     results.split, results.split_kind, asked == nullptr ? 0 : asked->n);
}

// Figures of other questions cannot be compared.
void require_same_questions(const std::vector<Input>& inputs) {
  const PerUserResults& first = inputs.front().results;
  for (const Input& input : inputs) {
    const PerUserResults& other = input.results;
    const TaskResult *const ours = next_item(first), *const theirs = next_item(other);
    const bool same_users = ours == nullptr || theirs == nullptr || ours->questions == theirs->questions;
    if (other.data_sha256 == first.data_sha256 && other.split == first.split && same_users) continue;
    const bool looks_equal = described(first) == described(other);
    throw usage_error("these runs were not asked the same, so they cannot be compared",
                      {.where = input.name,
                       .expected = described(first) + ", as " + inputs.front().name,
                       .got = described(other) + (looks_equal ? ", other users or targets" : "")});
  }
}

// The inputs whose report has that row, those that differ by their seeds alone together.
std::vector<Group> groups_of(const std::vector<Input>& inputs, const std::string& row) {
  std::vector<Group> groups;
  const auto has_seed = [](const Group& group, const Input& input) {
    return std::any_of(group.inputs.begin(), group.inputs.end(),
                       [&](const Input* other) { return other->results.config_sha256 == input.results.config_sha256; });
  };
  for (const Input& input : inputs) {
    const bool answered = std::any_of(input.results.results.begin(), input.results.results.end(),
                                      [&](const PerUserResult& each) { return each.row == row; });
    if (!answered) continue;
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
      return group.inputs.front()->results.settings_sha256 == input.results.settings_sha256 && !has_seed(group, input);
    });
    if (same == groups.end()) {
      groups.push_back({row, {&input}});
    } else {
      same->inputs.push_back(&input);
    }
  }
  return groups;
}

// "runs/beauty" for runs/beauty-1 and runs/beauty-2; the first name where they have no beginning in common.
std::string common_name(const std::vector<const Input*>& inputs) {
  std::string common = inputs.front()->name;
  for (const Input* input : inputs) {
    const auto [end, ignored] = std::mismatch(common.begin(), common.end(), input->name.begin(), input->name.end());
    common.erase(end, common.end());
  }
  if (inputs.size() > 1) {
    const auto last = common.find_last_not_of("0123456789-_. ");
    common.erase(last == std::string::npos ? 0 : last + 1);
  }
  return common.empty() || common.back() == '/' ? inputs.front()->name : common;
}

std::string name_of(const Group& group, const std::set<std::string>& taken) {
  const std::string suffix = group.row == kModelRow ? "" : ", " + group.row;
  const std::string name = common_name(group.inputs) + suffix;
  return taken.contains(name) ? group.inputs.front()->name + suffix : name;
}

// Part of a column's name and heading: how seen items are treated.
std::string part_named(const std::string& word) {
  if (word == "allowed") return "keep";
  return word == "removed" ? "drop" : word;
}

std::string heading_of(const ComparedColumn& column) {
  const auto metric = ranking_metric(column.score);
  std::string heading = metric ? metric->heading : column.score;
  if (column.score == "rmse" || column.score == "mae") heading = column.score == "rmse" ? "RMSE" : "MAE";
  if (column.score == "rouge1") heading = "ROUGE-1";
  if (column.score == "auc") heading = "AUC";
  heading.erase(heading.find_last_not_of(' ') + 1);
  if (column.task == "sequential") return heading + (column.part == "keep" ? " allowed" : " removed");
  return heading + " " + column.task + (column.part.empty() ? "" : " " + column.part);
}

ComparedColumn column_of(std::string task, std::string part, std::string score) {
  ComparedColumn column{.task = std::move(task), .part = std::move(part), .score = std::move(score), .heading = {}};
  column.lower_is_better = column.score == "rmse" || column.score == "mae";
  column.heading = heading_of(column);
  return column;
}

// "sequential.drop.ndcg@10"; a task without a part is the one with seen items allowed, as in train.select.
ComparedColumn column_named(const std::string& name) {
  const auto first = name.find('.'), last = name.rfind('.');
  if (first == std::string::npos || last + 1 == name.size()) {
    throw usage_error(
        "this names no figure of a task",
        {.where = "request.metrics", .expected = "such as sequential.removed.ndcg@10 or rating.rmse", .got = name});
  }
  const std::string task = name.substr(0, first);
  std::string part = first == last ? "" : part_named(name.substr(first + 1, last - first - 1));
  if (part.empty() && layout_of(task).nested) part = "keep";
  return column_of(task, std::move(part), name.substr(last + 1));
}

// What reports are usually compared by, as far as any row has it.
std::vector<ComparedColumn> usual_columns() {
  std::vector<ComparedColumn> columns;
  for (const char* part : {"keep", "drop"}) {
    for (const char* score : {"hr@10", "ndcg@10"}) columns.push_back(column_of("sequential", part, score));
  }
  columns.push_back(column_of("direct", "", "ndcg@10"));
  for (const char* score : {"rmse", "mae"}) columns.push_back(column_of("rating", "", score));
  for (const char* task : {"explanation", "explanation_feature", "explanation_feature_star"}) {
    columns.push_back(column_of(task, "", "rouge1"));
  }
  columns.push_back(column_of("review", "star", "rmse"));
  columns.push_back(column_of("review", "headline", "rouge1"));
  for (const char* task : {"rating_like_dislike", "rating_yes_no", "sequential_yes_no", "direct_yes_no"}) {
    columns.push_back(column_of(task, "", "auc"));
  }
  return columns;
}

// The score of a column in each of the group's reports; empty where one of them lacks it.
std::vector<Score> scores_of(const Group& group, const ComparedColumn& column) {
  std::vector<Score> scores;
  for (const Input* input : group.inputs) {
    const PerUserResult* result = input->results.find(group.row, column.task, column.part);
    const auto score = result == nullptr ? std::nullopt : result->score(column.score);
    if (!score) return {};
    scores.push_back(*score);
  }
  return scores;
}

std::uint64_t questions_of(const Group& group, const ComparedColumn& column) {
  return group.inputs.front()->results.find(group.row, column.task, column.part)->result.questions;
}

double mean_value(const std::vector<Score>& scores) {
  double sum = 0;
  for (const Score& score : scores) sum += score.value;
  return sum / static_cast<double>(scores.size());
}

double deviation(const std::vector<Score>& scores) {
  if (scores.size() < 2) return 0;
  double squares = 0;
  for (const Score& score : scores) squares += (score.value - mean_value(scores)) * (score.value - mean_value(scores));
  return std::sqrt(squares / static_cast<double>(scores.size() - 1));
}

// How much each question moves the figure, mean over seeds: its own value, or, of a root of a mean of squares, its
// square / (2 root) (delta method, as in root_mean_difference()). Empty where a seed lacks them.
std::vector<double> moves(const std::vector<Score>& scores, bool root) {
  std::vector<double> mean(scores.front().per_question.size());
  for (const Score& score : scores) {
    if (score.per_question.size() != mean.size()) return {};
    const double share = !root ? 1 : score.value > 0 ? 1 / (2 * score.value) : 0;
    for (std::size_t i = 0; i < mean.size(); ++i) {
      mean[i] += score.per_question[i] * share / static_cast<double>(scores.size());
    }
  }
  return mean;
}

std::optional<PairedDifference> difference(const std::vector<Score>& ours, const std::vector<Score>& theirs,
                                           const ComparedColumn& column) {
  const std::vector<double> mine = moves(ours, column.score == "rmse"), others = moves(theirs, column.score == "rmse");
  if (mine.size() < 2 || mine.size() != others.size()) return std::nullopt;
  return PairedDifference{.difference = mean_value(ours) - mean_value(theirs),
                          .margin = mean_difference(mine, others).margin};
}

std::optional<ComparedCell> cell_of(const Group& group, const Group& reference, const ComparedColumn& column) {
  const std::vector<Score> ours = scores_of(group, column);
  if (ours.empty()) return std::nullopt;
  ComparedCell cell{.mean = mean_value(ours), .deviation = deviation(ours)};
  if (&group == &reference) return cell;
  const std::vector<Score> theirs = scores_of(reference, column);
  if (!theirs.empty() && questions_of(group, column) == questions_of(reference, column)) {
    cell.difference = difference(ours, theirs, column);
  }
  return cell;
}

std::vector<ComparedColumn> columns_for(const CompareRunsRequest& request, const std::vector<Group>& groups) {
  std::vector<ComparedColumn> columns;
  const auto measured = [&](const ComparedColumn& column) {
    return std::any_of(groups.begin(), groups.end(),
                       [&](const Group& group) { return !scores_of(group, column).empty(); });
  };
  for (const std::string& name : request.metrics) {
    columns.push_back(column_named(name));
    if (measured(columns.back())) continue;
    std::set<std::string> known;
    for (const PerUserResult& each : groups.front().inputs.front()->results.results) {
      for (const Score& score : each.result.scores)
        known.insert(column_of(each.result.task, each.result.part, score.name).name());
    }
    throw usage_error(
        "no run was measured by this; ranking metrics reach as far as the lists (evaluate.k)",
        {.where = "request.metrics", .expected = fmt::format("some of {}", fmt::join(known, ", ")), .got = name});
  }
  if (!columns.empty()) return columns;
  for (const ComparedColumn& column : usual_columns()) {
    if (measured(column)) columns.push_back(column);
  }
  return columns;
}

// Rows of the first report that are no answers of a run.
std::vector<std::string> baselines_of(const Input& input) {
  std::vector<std::string> names;
  for (const PerUserResult& each : input.results.results) {
    const bool own = each.row == kModelRow || each.row == kAnsweringRow || each.row.starts_with("p5,");
    if (!own && std::find(names.begin(), names.end(), each.row) == names.end()) names.push_back(each.row);
  }
  return names;
}

std::size_t reference_of(const std::string& wanted, const std::vector<ComparedRow>& rows) {
  if (wanted.empty()) return 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& runs = rows[i].runs;
    if (rows[i].name == wanted || std::find(runs.begin(), runs.end(), wanted) != runs.end()) return i;
  }
  std::vector<std::string> names;
  for (const ComparedRow& row : rows) names.push_back(row.name);
  throw usage_error(
      "no such row to compare with",
      {.where = "request.to", .expected = fmt::format("one of {}", fmt::join(names, "; ")), .got = wanted});
}

}  // namespace

Comparison compare_runs(const CompareRunsRequest& request) {
  if (request.inputs.empty()) {
    throw usage_error("there is nothing to compare",
                      {.where = "request.runs", .expected = "folders of runs, or reports"});
  }
  const std::vector<Input> inputs = load(request);
  require_same_questions(inputs);
  std::vector<Group> groups = groups_of(inputs, kModelRow);
  for (Group& group : groups_of(inputs, std::string(kAnsweringRow))) groups.push_back(std::move(group));
  Comparison table;
  std::set<std::string> taken;
  for (const Group& group : groups) {
    ComparedRow row{.name = name_of(group, taken)};
    for (const Input* input : group.inputs) {
      row.runs.push_back(input->name);
      row.seeds.push_back(input->results.seed);
    }
    taken.insert(row.name);
    table.rows.push_back(std::move(row));
  }
  if (request.baselines) {
    for (const std::string& name : baselines_of(inputs.front())) {
      groups.push_back({name, {&inputs.front()}});
      table.rows.push_back({.name = name});
    }
  }
  const PerUserResults& first = inputs.front().results;
  table.corpus = first.corpus;
  table.split = first.split;
  table.split_kind = first.split_kind;
  table.data_sha256 = first.data_sha256;
  table.users = first.users.size();
  table.items = first.items;
  table.columns = columns_for(request, groups);
  table.reference = reference_of(request.to, table.rows);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    for (const ComparedColumn& column : table.columns) {
      table.rows[i].cells.push_back(cell_of(groups[i], groups[table.reference], column));
    }
  }
  // A baseline of texts has nothing to show in a table of rankings.
  std::erase_if(table.rows, [](const ComparedRow& row) {
    return row.runs.empty() &&
           std::none_of(row.cells.begin(), row.cells.end(), [](const auto& cell) { return cell.has_value(); });
  });
  return table;
}

}  // namespace p5
