#include "evaluate/row_differences.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string_view>

#include "evaluate/paired_difference.h"
#include "evaluate/text_table.h"

namespace p5 {
namespace {

using Values = std::vector<double>;

// What a row has of every question, empty where it was not asked, and how two such rows are compared.
struct Figure {
  std::string_view task, name, title;
  Values (*of)(const TaskResults& row);
  PairedDifference (*difference)(std::span<const double> ours, std::span<const double> theirs);
};

Values errors_of(const TaskResults& row, double (*size)(double error)) {
  Values sizes;
  if (row.rating) std::transform(row.rating->errors.begin(), row.rating->errors.end(), std::back_inserter(sizes), size);
  return sizes;
}
double square(double error) { return error * error; }
double absolute(double error) { return std::abs(error); }

const std::vector<Figure>& figures() {
  static const std::vector<Figure> all{
      {"sequential", "keep_ndcg@10", "NDCG@10 kept",
       [](const TaskResults& row) { return row.sequential ? row.sequential->keep.gains : Values(); }, mean_difference},
      {"sequential", "drop_ndcg@10", "NDCG@10 dropped",
       [](const TaskResults& row) { return row.sequential ? row.sequential->drop.gains : Values(); }, mean_difference},
      {"direct", "ndcg@10", "NDCG@10 direct",
       [](const TaskResults& row) { return row.direct ? row.direct->ranks.gains : Values(); }, mean_difference},
      {"rating", "rmse", "RMSE", [](const TaskResults& row) { return errors_of(row, square); }, root_mean_difference},
      {"rating", "mae", "MAE", [](const TaskResults& row) { return errors_of(row, absolute); }, mean_difference}};
  return all;
}

std::optional<PairedDifference> difference_of(const Figure& figure, const TaskResults& run, const TaskResults& row) {
  const Values ours = figure.of(run), theirs = figure.of(row);
  if (ours.size() < 2 || ours.size() != theirs.size()) return {};
  return figure.difference(ours, theirs);
}

std::string to_text(const PairedDifference& found) {
  return fmt::format("{:+.4f} ± {:.4f}{}", found.difference, found.margin, found.told_apart() ? '*' : ' ');
}

// Without rows that have one of the figures: empty.
std::string table_of(std::span<const Figure> columns, const TaskResults& run, const std::vector<EvaluationRow>& rows) {
  std::vector<std::string> header{""};
  for (const Figure& figure : columns) header.push_back(std::string(figure.title) + " ");
  TextTable table(header);
  bool any = false;
  for (const EvaluationRow& row : rows) {
    std::vector<std::string> cells{row.name};
    bool compared = false;
    for (const Figure& figure : columns) {
      const auto found = difference_of(figure, run, row.tasks);
      cells.push_back(found ? to_text(*found) : "");
      compared |= found.has_value();
    }
    if (compared) table.add_row(std::move(cells));
    any |= compared;
  }
  return any ? table.to_text() : std::string();
}

}  // namespace

nlohmann::ordered_json differences_json(const TaskResults& run, const std::vector<EvaluationRow>& rows) {
  auto json = nlohmann::ordered_json::object();
  for (const EvaluationRow& row : rows) {
    for (const Figure& figure : figures()) {
      if (const auto found = difference_of(figure, run, row.tasks)) {
        json[row.name][std::string(figure.task)][std::string(figure.name)] = {{"difference", found->difference},
                                                                              {"margin", found->margin}};
      }
    }
  }
  return json;
}

std::string differences_tables(const TaskResults& run, const std::vector<EvaluationRow>& rows) {
  const std::span<const Figure> all = figures();
  const auto stars = std::find_if(all.begin(), all.end(), [](const Figure& figure) { return figure.task == "rating"; });
  const std::string rankings = table_of({all.begin(), stars}, run, rows);
  const std::string ratings = table_of({stars, all.end()}, run, rows);
  return rankings + (rankings.empty() || ratings.empty() ? "" : "\n") + ratings;
}

}  // namespace p5
