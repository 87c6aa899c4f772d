#include "evaluate/row_differences.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evaluate/paired_difference.h"
#include "evaluate/task_layout.h"
#include "evaluate/text_table.h"

namespace p5 {
namespace {

// A score with one value per question of a task.
struct Figure {
  const TaskResult* result;
  const Score* score;
};

std::vector<Figure> figures_of(const TaskResults& row) {
  std::vector<Figure> figures;
  for (const TaskResult& result : row) {
    for (const Score& score : result.scores) {
      if (score.per_question.size() >= 2) figures.push_back({&result, &score});  // fewer tell nothing
    }
  }
  return figures;
}

std::optional<PairedDifference> difference_to(const Figure& ours, std::span<const Figure> theirs) {
  const auto& mine = ours.score->per_question;
  for (const Figure& other : theirs) {
    const TaskResult& result = *other.result;
    const auto& others = other.score->per_question;
    if (result.task != ours.result->task || result.part != ours.result->part) continue;
    if (other.score->name != ours.score->name || result.questions != ours.result->questions) continue;
    if (others.size() != mine.size()) continue;
    return ours.score->name == "rmse" ? root_mean_difference(mine, others) : mean_difference(mine, others);
  }
  return {};
}

struct Difference {
  std::string row;
  Figure figure;  // of the run
  PairedDifference found;
};

// "+0.0010 ± 0.0041!": with as many decimals as the figure is shown with.
std::string to_text(const Difference& difference) {
  const int decimals = decimals_of(difference.figure.score->name);
  const auto& [value, margin] = difference.found;
  return fmt::format("{:+.{}f} ± {:.{}f}{}", value, decimals, margin, decimals,
                     difference.found.is_significant() ? '!' : ' ');
}

std::vector<Difference> differences_of(std::span<const Figure> ours, const std::vector<EvaluationRow>& rows) {
  std::vector<Difference> differences;
  for (const EvaluationRow& row : rows) {
    const std::vector<Figure> theirs = figures_of(row.tasks);
    for (const Figure& figure : ours) {
      if (const auto found = difference_to(figure, theirs)) differences.push_back({row.name, figure, *found});
    }
  }
  return differences;
}

// A column of one of the tables: the score of a task and part, or of every task that no other table shows.
struct DifferenceColumn {
  std::string_view heading, task, part, score;
};
using DifferenceTable = std::vector<DifferenceColumn>;

const std::vector<DifferenceTable>& difference_tables() {
  static const std::vector<DifferenceTable> tables{
      {{"NDCG@10 kept", "sequential", "keep", "ndcg@10"},
       {"NDCG@10 dropped", "sequential", "drop", "ndcg@10"},
       {"NDCG@10 direct", "direct", "", "ndcg@10"}},
      {{"RMSE", "rating", "", "rmse"}, {"MAE", "rating", "", "mae"}},
      {{"ROUGE-1", "", "", "rouge1"}, {"RMSE", "", "", "rmse"}, {"accuracy", "", "", "accuracy"}}};
  return tables;
}

bool shows(const DifferenceColumn& column, const Figure& figure) {
  const TaskResult& result = *figure.result;
  if (column.score != figure.score->name) return false;
  return column.task.empty() ? layout_of(result.task).task.empty()
                             : column.task == result.task && column.part == result.part;
}

// Rows have one line, except where a table is about several tasks: there each task has its own.
std::string line_of(const DifferenceColumn& column, const Difference& difference) {
  const TaskResult& result = *difference.figure.result;
  if (!column.task.empty()) return difference.row;
  return fmt::format("{}: {}{}{}", difference.row, result.task, result.part.empty() ? "" : ", ", result.part);
}

std::vector<std::string>& line_named(const std::string& name, std::size_t columns,
                                     std::vector<std::vector<std::string>>& lines) {
  const auto found = std::find_if(lines.begin(), lines.end(), [&](const auto& cells) { return cells[0] == name; });
  if (found != lines.end()) return *found;
  lines.emplace_back(columns + 1).front() = name;
  return lines.back();
}

// Lines in the order of the differences; without any, empty.
std::string table_of(std::span<const Difference> differences, const DifferenceTable& columns) {
  std::vector<std::vector<std::string>> lines;
  for (const Difference& difference : differences) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!shows(columns[i], difference.figure)) continue;
      line_named(line_of(columns[i], difference), columns.size(), lines)[1 + i] = to_text(difference);
    }
  }
  if (lines.empty()) return {};
  std::vector<std::string> header{""};
  for (const DifferenceColumn& column : columns) header.push_back(fmt::format("{} ", column.heading));
  TextTable table(std::move(header));
  for (auto& line : lines) table.add_row(std::move(line));
  return table.to_text();
}

}  // namespace

nlohmann::ordered_json differences_json(const TaskResults& run, const std::vector<EvaluationRow>& rows) {
  auto json = nlohmann::ordered_json::object();
  const std::vector<Figure> ours = figures_of(run);
  for (const Difference& difference : differences_of(ours, rows)) {
    const auto& [result, score] = difference.figure;
    auto& task = json[difference.row][result->task];
    task[score_key(*result, score->name, task.contains(score->name))] = {{"difference", difference.found.difference},
                                                                         {"margin", difference.found.margin}};
  }
  return json;
}

std::string differences_tables(const TaskResults& run, const std::vector<EvaluationRow>& rows) {
  const std::vector<Figure> ours = figures_of(run);
  const std::vector<Difference> differences = differences_of(ours, rows);
  std::string text;
  for (const DifferenceTable& columns : difference_tables()) {
    const std::string table = table_of(differences, columns);
    if (!text.empty() && !table.empty()) text += "\n";
    text += table;
  }
  return text;
}

}  // namespace p5
