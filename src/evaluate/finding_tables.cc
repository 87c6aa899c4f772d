#include "evaluate/finding_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/text_layout.h"
#include "evaluate/text_table.h"

namespace p5 {
namespace {

struct Column {
  std::string_view heading, name;
};

const std::vector<Column>& list_columns() {
  static const std::vector<Column> columns{{"coverage", "coverage@10"},       {"Gini", "gini@10"},
                                           {"novelty (bits)", "novelty@10"},  {"diversity", "diversity@10"},
                                           {"popularity", "popularity@10"},   {"against profile", "popularity_lift@10"},
                                           {"serendipity", "serendipity@10"}, {"miscalibration", "miscalibration@10"}};
  return columns;
}

// Three digits of what chance leaves of a figure are enough: as many decimals as its size asks for.
std::string cell(double value, double margin) {
  const int decimals = std::abs(value) >= 100 ? 1 : std::abs(value) >= 10 ? 2 : std::abs(value) < 0.1 ? 4 : 3;
  if (!std::isfinite(margin)) return fmt::format("{:.{}f}", value, decimals);
  return fmt::format("{:.{}f} ± {:.{}f}", value, decimals, margin, decimals);
}

const Finding* find(const TaskResult& result, const std::vector<std::string>& path) {
  const auto found = std::find_if(result.beyond.begin(), result.beyond.end(),
                                  [&](const Finding& finding) { return finding.path == path; });
  return found == result.beyond.end() ? nullptr : &*found;
}

// The rows that have findings in this part.
std::vector<std::pair<std::string, const TaskResult*>> measured(const std::vector<EvaluationRow>& rows,
                                                                std::string_view part) {
  std::vector<std::pair<std::string, const TaskResult*>> found;
  for (const EvaluationRow& row : rows) {
    const TaskResult* result = find_result(row.tasks, "sequential", part);
    if (result != nullptr && !result->beyond.empty()) found.emplace_back(row.label_of(*result), result);
  }
  return found;
}

using Measured = std::vector<std::pair<std::string, const TaskResult*>>;

std::string list_table(const Measured& rows) {
  std::vector<Column> columns;
  for (const Column& column : list_columns()) {
    const bool any = std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
      return find(*row.second, {std::string(column.name)}) != nullptr;
    });
    if (any) columns.push_back(column);
  }
  std::vector<std::string> header{""};
  for (const Column& column : columns) header.emplace_back(column.heading);
  TextTable table(std::move(header));
  for (const auto& [name, result] : rows) {
    std::vector<std::string> cells{name};
    for (const Column& column : columns) {
      const Finding* finding = find(*result, {std::string(column.name)});
      cells.push_back(finding == nullptr ? "" : cell(finding->value, finding->margin));
    }
    table.add_row(std::move(cells));
  }
  return table.to_text();
}

// The groups whose path begins with `kind`, as the first row has them; empty where it has none.
std::string group_table(const Measured& rows, const std::string& kind, const std::string& count_heading) {
  std::vector<const Finding*> groups;
  for (const Finding& finding : rows.front().second->beyond) {
    if (finding.path.size() > 1 && finding.path.front() == kind) groups.push_back(&finding);
  }
  if (groups.empty()) return {};
  const bool referenced = groups.front()->reference.has_value();
  std::vector<std::string> header{"", count_heading};
  if (referenced) header.emplace_back("of events");
  for (const auto& [name, result] : rows) header.push_back(name);
  TextTable table(std::move(header));
  for (const Finding* group : groups) {
    const std::string name = group->path.size() > 2 ? group->path[1] + ": " + group->path[2] : group->path.back();
    std::vector<std::string> cells{name, with_commas(group->n)};
    if (referenced) cells.push_back(fmt::format("{:.3f}", *group->reference));
    for (const auto& [row, result] : rows) {
      const Finding* finding = find(*result, group->path);
      cells.push_back(finding == nullptr || finding->n == 0 ? "" : cell(finding->value, finding->margin));
    }
    table.add_row(std::move(cells));
  }
  return table.to_text();
}

}  // namespace

nlohmann::ordered_json findings_json(const std::vector<Finding>& findings) {
  auto json = nlohmann::ordered_json::object();
  for (const Finding& finding : findings) {
    nlohmann::ordered_json* place = &json;
    for (const std::string& step : finding.path) place = &(*place)[step];
    *place = {{"value", finding.value}, {"margin", nullptr}, {"n", finding.n}};
    if (std::isfinite(finding.margin)) (*place)["margin"] = finding.margin;
    if (finding.reference) (*place)["reference"] = *finding.reference;
  }
  return json;
}

std::string list_table(const std::vector<EvaluationRow>& rows, std::size_t items) {
  TextTable table({"", "items", "coverage", "Gini", "popularity"});
  bool any = false;
  for (const auto& [name, result] : measured(rows, "drop")) {
    const Finding* covered = find(*result, {"coverage@10"});
    if (covered == nullptr) continue;
    any = true;
    const auto shown = static_cast<std::size_t>(std::lround(covered->value * static_cast<double>(items)));
    std::vector<std::string> cells{name,
                                   items == 0 ? "" : fmt::format("{} of {}", with_commas(shown), with_commas(items))};
    for (const char* figure : {"coverage@10", "gini@10", "popularity@10"}) {
      const Finding* finding = find(*result, {figure});
      cells.push_back(finding == nullptr ? "" : cell(finding->value, finding->margin));
    }
    table.add_row(std::move(cells));
  }
  if (!any) return {};
  return "\nTop 10 lists, seen items removed: items ever recommended, Gini index (0 = all\n"
         "equally often), mean training events of recommended items; ± half a 95% interval\n" +
         table.to_text();
}

std::string target_table(const std::vector<EvaluationRow>& rows) {
  constexpr std::size_t kFew = 20;
  TextTable table({"", "HR@10 known", "NDCG@10 known", "HR@10 new", "NDCG@10 new"});
  std::array<std::size_t, 2> counts = {};
  constexpr std::array<const char*, 2> kGroups = {"with training events", "without training events"};
  for (const auto& [name, result] : measured(rows, "drop")) {
    std::vector<std::string> cells{name};
    for (std::size_t group = 0; group < kGroups.size(); ++group) {
      for (const char* figure : {"hr@10", "ndcg@10"}) {
        const Finding* finding = find(*result, {"targets", kGroups[group], figure});
        if (finding == nullptr) return {};
        counts[group] = finding->n;
        cells.push_back(finding->n == 0 ? "" : cell(finding->value, finding->margin));
      }
    }
    table.add_row(std::move(cells));
  }
  if (counts[1] < kFew) return {};
  return fmt::format(
             "\nTargets with training events (known, {}) and without (new, {}), seen items\nremoved; ± half a "
             "95% interval\n",
             with_commas(counts[0]), with_commas(counts[1])) +
         table.to_text();
}

std::string finding_tables(const std::vector<EvaluationRow>& rows) {
  std::string text;
  for (const auto& [part, title] : {std::pair("keep", "seen items allowed"), std::pair("drop", "seen items removed")}) {
    const Measured found = measured(rows, part);
    if (!found.empty())
      text += fmt::format("\nBeyond accuracy, top 10, {}; ± half a 95% interval\n", title) + list_table(found);
  }
  const Measured dropped = measured(rows, "drop");
  if (dropped.empty()) return text;
  const auto add = [&](const std::string& title, const std::string& table) {
    if (!table.empty()) text += "\n" + title + "\n" + table;
  };
  add("NDCG@10 by group of users, seen items removed", group_table(dropped, "users", "users"));
  add("NDCG@10 where little is known, seen items removed", group_table(dropped, "cold_start", "users"));
  add("Exposure by group of items, seen items removed; of events: the group's share of training events",
      group_table(dropped, "exposure", "items"));
  return text;
}

}  // namespace p5
