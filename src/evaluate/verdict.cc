#include "evaluate/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text_layout.h"
#include "evaluate/paired_difference.h"
#include "evaluate/text_table.h"

namespace p5 {
namespace {

constexpr std::string_view kRanking = "ndcg@10";

std::string without_zero(std::string figure) {
  const bool negative = figure.starts_with('-');
  if (figure.substr(negative ? 1 : 0).starts_with("0.")) figure.erase(negative ? 1 : 0, 1);
  return figure;
}

int decimals(double value) { return std::abs(value) < 0.1 ? 4 : 3; }

std::string short_figure(double value, int decimals) { return without_zero(fmt::format("{:.{}f}", value, decimals)); }

// " (better by .015 ± .013)", " (no clear difference: +.001 ± .004)"; empty where the questions are not the same.
std::string compared(const JudgedRow& ours, const JudgedRow& theirs, bool lower_is_better, int places) {
  if (ours.per_question.size() < 2 || ours.per_question.size() != theirs.per_question.size()) return {};
  const PairedDifference found = lower_is_better ? root_mean_difference(ours.per_question, theirs.per_question)
                                                 : mean_difference(ours.per_question, theirs.per_question);
  const std::string margin = short_figure(found.margin, places);
  if (!found.is_significant()) {
    const std::string difference = short_figure(std::abs(found.difference), places);
    return fmt::format(" (no clear difference: {}{} ± {})", found.difference < 0 ? "-" : "+", difference, margin);
  }
  const bool better = (found.difference > 0) != lower_is_better;
  return fmt::format(" ({} by {} ± {})", better ? "better" : "worse", short_figure(std::abs(found.difference), places),
                     margin);
}

// The rows that only count or were fit apart from the model. The hybrid and other ways to ask the run are none.
bool is_baseline(const EvaluationRow& row) {
  return row.name != kAnsweringRow && row.name != "id-arithmetic" && row.label.empty() &&
         !row.name.ends_with(", reranked");
}

JudgedRow judged(std::string name, const TaskResult& result, std::string_view score) {
  const Score* found = result.find(score);
  return {std::move(name), found->value, found->per_question};
}

std::vector<JudgedRow> baselines(const EvaluationReport& report, const TaskResult& about, std::string_view score) {
  std::vector<JudgedRow> rows;
  for (const EvaluationRow& row : report.rows) {
    const TaskResult* result = find_result(row.tasks, about.task, about.part);
    if (!is_baseline(row) || result == nullptr || result->find(score) == nullptr) continue;
    rows.push_back(judged(row.name, *result, score));
    if (result->questions != about.questions) rows.back().per_question = {};
  }
  return rows;
}

std::string recommended(const TaskResult& result, std::size_t items) {
  for (const Finding& finding : result.beyond) {
    if (finding.path.size() != 1 || finding.path.front() != "coverage@10" || items == 0) continue;
    const auto shown = static_cast<std::size_t>(std::lround(finding.value * static_cast<double>(items)));
    return fmt::format(" Recommends {} of {} in its top 10 lists.", with_commas(shown),
                       counted(items, "item", "items"));
  }
  return {};
}

// About lists without seen items.
void add_ranking(const EvaluationReport& report, const TaskResults& tasks, const std::string& who,
                 std::vector<std::string>& sentences) {
  const TaskResult* result = find_result(tasks, "sequential", "drop");
  if (result == nullptr || result->find(kRanking) == nullptr) return;
  const std::vector<JudgedRow> others = baselines(report, *result, kRanking);
  sentences.push_back(
      fmt::format("{} on {}, seen items removed: {}{}", who,
                  counted(result->n, (report.split + " user").c_str(), (report.split + " users").c_str()),
                  judgement("NDCG@10", judged(who, *result, kRanking), others), recommended(*result, report.items)));
}

// Whether `tasks` have stars.
bool add_stars(const EvaluationReport& report, const TaskResults& tasks, const std::string& who,
               std::vector<std::string>& sentences) {
  const TaskResult* result = find_result(tasks, "rating");
  if (result == nullptr || result->find("rmse") == nullptr) return false;
  sentences.push_back(fmt::format("Stars of {}, {}: {}", counted(result->n, "rating", "ratings"), who,
                                  judgement("RMSE", judged(who, *result, "rmse"), baselines(report, *result, "rmse"),
                                            /*lower_is_better=*/true)));
  return true;
}

}  // namespace

std::string short_figure(double value) { return short_figure(value, decimals(value)); }

std::string judgement(std::string_view heading, const JudgedRow& ours, std::span<const JudgedRow> others,
                      bool lower_is_better) {
  double largest = ours.value;
  for (const JudgedRow& row : others) largest = std::max(largest, row.value);
  const int places = decimals(largest);
  std::string text = fmt::format("{} {}.", heading, short_figure(ours.value, places));
  for (std::size_t i = 0; i < others.size(); ++i) {
    text += fmt::format("{} {} {}{}", i == 0 ? "" : ",", others[i].name, short_figure(others[i].value, places),
                        compared(ours, others[i], lower_is_better, places));
  }
  return others.empty() ? text : text + ".";
}

std::vector<std::string> verdict_of(const EvaluationReport& report) {
  std::vector<std::string> sentences;
  for (const EvaluationRow& row : report.rows) {
    if (row.name == kAnsweringRow)
      add_ranking(report, row.tasks, "The hybrid, which p5 recommend answers with,", sentences);
  }
  add_ranking(report, report.tasks, sentences.empty() ? "P5" : "P5 alone", sentences);
  bool mixed = false;
  for (const EvaluationRow& row : report.rows) {
    if (row.name == kAnsweringRow)
      mixed = add_stars(report, row.tasks, "the mixture, which p5 predict answers with", sentences);
  }
  add_stars(report, report.tasks, mixed ? "P5 alone" : "P5", sentences);
  return sentences;
}

}  // namespace p5
