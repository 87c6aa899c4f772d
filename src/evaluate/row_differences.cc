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
  std::string row, label;  // its name, and what tables call it
  Figure figure;           // of the run
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
      if (const auto found = difference_to(figure, theirs))
        differences.push_back({row.name, row.label.empty() ? row.name : row.label, figure, *found});
    }
  }
  return differences;
}

// A column of a table with one line per row: the score of a task and part.
struct DifferenceColumn {
  std::string_view heading, task, part, score;
};
using DifferenceTable = std::vector<DifferenceColumn>;

const std::vector<DifferenceTable>& difference_tables() {
  static const std::vector<DifferenceTable> tables{{{"NDCG@10 allowed", "sequential", "keep", "ndcg@10"},
                                                    {"NDCG@10 removed", "sequential", "drop", "ndcg@10"},
                                                    {"NDCG@10 direct", "direct", "", "ndcg@10"}},
                                                   {{"RMSE", "rating", "", "rmse"}, {"MAE", "rating", "", "mae"}}};
  return tables;
}

bool shows(const DifferenceColumn& column, const Figure& figure) {
  const TaskResult& result = *figure.result;
  return column.score == figure.score->name && column.task == result.task && column.part == result.part;
}

std::vector<std::string>& line_named(const std::string& name, std::size_t columns,
                                     std::vector<std::vector<std::string>>& lines) {
  const auto found = std::find_if(lines.begin(), lines.end(), [&](const auto& cells) { return cells[0] == name; });
  if (found != lines.end()) return *found;
  lines.emplace_back(columns + 1).front() = name;
  return lines.back();
}

std::string text_of(std::vector<std::string> header, std::vector<std::vector<std::string>> lines) {
  if (lines.empty()) return {};
  TextTable table(std::move(header));
  for (auto& line : lines) table.add_row(std::move(line));
  return table.to_text();
}

// Lines in the order of the differences; without any, empty.
std::string table_of(std::span<const Difference> differences, const DifferenceTable& columns) {
  std::vector<std::vector<std::string>> lines;
  for (const Difference& difference : differences) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!shows(columns[i], difference.figure)) continue;
      line_named(difference.label, columns.size(), lines)[1 + i] = to_text(difference);
    }
  }
  std::vector<std::string> header{""};
  for (const DifferenceColumn& column : columns) header.push_back(fmt::format("{} ", column.heading));
  return text_of(std::move(header), std::move(lines));
}

// The tasks that no other table shows, one line for each row and score.
std::string table_of_texts(std::span<const Difference> differences) {
  std::vector<std::vector<std::string>> lines;
  for (const Difference& difference : differences) {
    const auto& [result, score] = difference.figure;
    if (!layout_of(result->task).task.empty()) continue;
    lines.push_back({difference.label, words_of(*result), score->name, to_text(difference)});
  }
  return text_of({"", "task", "score", "difference "}, std::move(lines));
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
  const auto add = [&text](const std::string& table) { text += (text.empty() || table.empty() ? "" : "\n") + table; };
  for (const DifferenceTable& columns : difference_tables()) add(table_of(differences, columns));
  add(table_of_texts(differences));
  return text;
}

}  // namespace p5
