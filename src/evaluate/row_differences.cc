#include "evaluate/row_differences.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "evaluate/paired_difference.h"
#include "evaluate/text_table.h"

namespace p5 {
namespace {

// What a row has of every question of a task.
struct Figure {
  std::string task, part, name;
  std::uint64_t questions = 0;  // of texts, see TextResult
  std::vector<double> each;
};

std::vector<Figure> figures_of(const TaskResults& row) {
  std::vector<Figure> figures;
  if (row.sequential) {
    figures.push_back({"sequential", "", "keep_ndcg@10", 0, row.sequential->keep.gains});
    figures.push_back({"sequential", "", "drop_ndcg@10", 0, row.sequential->drop.gains});
  }
  if (row.direct) figures.push_back({"direct", "", "ndcg@10", 0, row.direct->ranks.gains});
  const auto add = [&figures](const std::string& task, const std::string& part, std::uint64_t questions,
                              std::vector<Score> scores) {
    for (Score& score : scores) figures.push_back({task, part, score.name, questions, std::move(score.each)});
  };
  if (row.rating) add("rating", "", 0, star_scores(*row.rating));
  for (const TextResult& text : row.texts) add(text.task, text.part, text.questions, text.scores);
  std::erase_if(figures, [](const Figure& figure) { return figure.each.size() < 2; });  // too few to tell anything
  return figures;
}

std::optional<PairedDifference> difference_to(const Figure& ours, std::span<const Figure> theirs) {
  for (const Figure& other : theirs) {
    if (other.task != ours.task || other.part != ours.part || other.name != ours.name) continue;
    if (other.questions != ours.questions || other.each.size() != ours.each.size()) continue;
    return ours.name == "rmse" ? root_mean_difference(ours.each, other.each) : mean_difference(ours.each, other.each);
  }
  return {};
}

struct Difference {
  std::string row;
  const Figure* figure;  // of the run
  PairedDifference found;
};

// "+0.0010 ± 0.0041!": with as many decimals as the figure is shown with.
std::string to_text(const Difference& difference) {
  const int decimals = difference.figure->name.starts_with("rouge") ? 2 : 4;
  const auto& [value, margin] = difference.found;
  return fmt::format("{:+.{}f} ± {:.{}f}{}", value, decimals, margin, decimals,
                     difference.found.told_apart() ? '!' : ' ');
}

std::vector<Difference> differences_of(std::span<const Figure> ours, const std::vector<EvaluationRow>& rows) {
  std::vector<Difference> differences;
  for (const EvaluationRow& row : rows) {
    const std::vector<Figure> theirs = figures_of(row.tasks);
    for (const Figure& figure : ours) {
      if (const auto found = difference_to(figure, theirs)) differences.push_back({row.name, &figure, *found});
    }
  }
  return differences;
}

// The line and the column of a table that show a difference; none when the table does not.
using Place = std::optional<std::pair<std::string, std::size_t>>;

// Lines in the order of the differences; without any, empty.
std::string table_of(std::span<const Difference> differences, const std::vector<std::string>& columns,
                     Place (*place_of)(const Difference& difference)) {
  std::vector<std::vector<std::string>> lines;
  for (const Difference& difference : differences) {
    const Place place = place_of(difference);
    if (!place) continue;
    auto line = std::find_if(lines.begin(), lines.end(), [&](const auto& cells) { return cells[0] == place->first; });
    if (line == lines.end()) {
      line = lines.insert(lines.end(), std::vector<std::string>(columns.size() + 1));
      line->front() = place->first;
    }
    (*line)[1 + place->second] = to_text(difference);
  }
  if (lines.empty()) return {};
  std::vector<std::string> header{""};
  for (const std::string& column : columns) header.push_back(column + " ");
  TextTable table(std::move(header));
  for (auto& line : lines) table.add_row(std::move(line));
  return table.to_text();
}

Place place_in_rankings(const Difference& difference) {
  const Figure& figure = *difference.figure;
  if (figure.name == "keep_ndcg@10") return {{difference.row, 0}};
  if (figure.name == "drop_ndcg@10") return {{difference.row, 1}};
  if (figure.name == "ndcg@10") return {{difference.row, 2}};
  return {};
}

Place place_in_ratings(const Difference& difference) {
  const Figure& figure = *difference.figure;
  if (figure.task != "rating") return {};
  if (figure.name == "rmse") return {{difference.row, 0}};
  if (figure.name == "mae") return {{difference.row, 1}};
  return {};
}

// What was written, and stars of texts: a line for each row and task.
Place place_in_texts(const Difference& difference) {
  const Figure& figure = *difference.figure;
  if (figure.task == "rating") return {};
  const std::string task = figure.task + (figure.part.empty() ? "" : ", " + figure.part);
  const std::string line = fmt::format("{}: {}", difference.row, task);
  if (figure.name == "rouge1") return {{line, 0}};
  if (figure.name == "rmse") return {{line, 1}};
  if (figure.name == "accuracy") return {{line, 2}};
  return {};
}

}  // namespace

nlohmann::ordered_json differences_json(const TaskResults& run, const std::vector<EvaluationRow>& rows) {
  auto json = nlohmann::ordered_json::object();
  const std::vector<Figure> ours = figures_of(run);
  for (const Difference& difference : differences_of(ours, rows)) {
    const Figure& figure = *difference.figure;
    auto& task = json[difference.row][figure.task];
    const bool plain = figure.part.empty() || !task.contains(figure.name);
    task[plain ? figure.name : figure.part + "_" + figure.name] = {{"difference", difference.found.difference},
                                                                   {"margin", difference.found.margin}};
  }
  return json;
}

std::string differences_tables(const TaskResults& run, const std::vector<EvaluationRow>& rows) {
  const std::vector<Figure> ours = figures_of(run);
  const std::vector<Difference> differences = differences_of(ours, rows);
  std::string text;
  for (const std::string& table :
       {table_of(differences, {"NDCG@10 kept", "NDCG@10 dropped", "NDCG@10 direct"}, place_in_rankings),
        table_of(differences, {"RMSE", "MAE"}, place_in_ratings),
        table_of(differences, {"ROUGE-1", "RMSE", "accuracy"}, place_in_texts)}) {
    if (!text.empty() && !table.empty()) text += "\n";
    text += table;
  }
  return text;
}

}  // namespace p5
