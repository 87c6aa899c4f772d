#include "pipeline/ope_stage.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/json_field.h"
#include "evaluate/text_table.h"
#include "online/feedback_file.h"
#include "p5/error.h"
#include "pipeline/run_policy.h"
#include "policy/answer_log_reader.h"
#include "policy/log_reader.h"
#include "policy/logging_policy.h"
#include "policy/policy_report.h"
#include "policy/uniform_policy.h"

namespace p5 {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::size_t kTableWidth = 120;  // intervals are long

// Rewards of a log of answers come from feedback; other logs hold them.
DecisionLog read_with_rewards(const OpeRequest& request, const OpeOptions& options) {
  const RewardRules rules(options.rewards);
  DecisionLog log = read_decision_log(request.log, request.format);
  const bool needs_feedback = log.format == "answers";
  if (needs_feedback && request.feedback.empty()) {
    throw usage_error("a log of answers does not say what users did",
                      {.where = "request.feedback", .expected = "the store or the file that has their feedback"});
  }
  if (!needs_feedback && !request.feedback.empty()) {
    throw usage_error("the log has its rewards in it",
                      {.where = "request.feedback", .expected = "none with " + log.format, .got = request.feedback});
  }
  if (!needs_feedback) return log;
  std::vector<FeedbackEvent> events;
  read_feedback(request.feedback, [&](const FeedbackEvent& event) { events.push_back(event); });
  join_feedback(events, rules, log);
  return log;
}

std::string describe(const OpeRequest& request) {
  std::string name = request.run;
  for (const auto& [what, value] :
       {std::pair<const char*, const std::string&>{"source", request.each.source}, {"order", request.each.rerank}}) {
    if (!value.empty()) name += fmt::format(", {} {}", what, value);
  }
  for (const std::string& setting : request.each.settings) name += ", " + setting;
  return name;
}

std::string figure(double value) { return std::isnan(value) ? "-" : fmt::format("{:.5f}", value); }
std::string figure(const Interval& interval) {
  return std::isnan(interval.low) ? "-" : fmt::format("{:.5f} to {:.5f}", interval.low, interval.high);
}

std::vector<std::string> row_of(const std::string& name, const PolicyEstimate& estimate, const std::string& what) {
  return {fmt::format("{}: {}", name, what), figure(estimate.value), figure(estimate.bootstrap),
          estimate.bernstein ? figure(*estimate.bernstein) : "-"};
}

std::string text_of(const DecisionLog& log, const PolicyReport& report, const OpeOptions& options) {
  std::string text = fmt::format("policy: {}\nlog: {}, {} decisions of {}\n", report.policy, log.format,
                                 report.decisions, report.longest == 1 ? "one item" : "lists");
  for (const LogProblem& problem : log.problems.rows()) {
    text += fmt::format("not used: {} ({}), first {}\n", problem.reason, problem.count, problem.first);
  }
  const auto confidence = static_cast<int>(std::lround(options.confidence * 100));
  TextTable table(
      {"estimate", "reward", fmt::format("{}% bootstrap", confidence), fmt::format("{}% Bernstein", confidence)});
  table.add_row(row_of("logged", report.logged, "mean of the log: the policy that answered"));
  for (const PolicyRow& row : report.rows) table.add_row(row_of(row.name, row.estimate, row.what));
  text += "\n" + table.to_text(kTableWidth);
  const PolicyOverlap& overlap = report.overlap;
  text += fmt::format(
      "\neffective decisions {:.1f} of {}, greatest weight {:.3g}, mean weight {:.3f} ± {:.3f}\n"
      "lists that the policy might have shown: {:.1f}%, first places: {:.1f}%\n",
      overlap.effective, report.decisions, overlap.max_weight, overlap.mean_weight, overlap.mean_margin,
      100 * overlap.possible, 100 * overlap.first_place);
  for (const std::string& warning : report.warnings) text += "beware: " + warning + "\n";
  return text;
}

OrderedJson interval_json(const Interval& interval) { return OrderedJson::array({interval.low, interval.high}); }

OrderedJson estimate_json(const PolicyEstimate& estimate) {
  OrderedJson object{{"value", estimate.value}, {"bootstrap", interval_json(estimate.bootstrap)}};
  if (estimate.bernstein) object["bernstein"] = interval_json(*estimate.bernstein);
  return object;
}

OrderedJson json_of(const DecisionLog& log, const PolicyReport& report, const OpeOptions& options) {
  OrderedJson object{
      {"policy", report.policy},
      {"format", log.format},
      {"decisions", report.decisions},
      {"longest_list", report.longest},
      {"propensities", report.kind == PropensityKind::kGivenAbove ? "given the items above" : "marginal"},
      {"confidence", options.confidence},
      {"logged", estimate_json(report.logged)}};
  for (const PolicyRow& row : report.rows) object["estimates"][row.name] = estimate_json(row.estimate);
  const PolicyOverlap& overlap = report.overlap;
  object["overlap"] = {{"effective", overlap.effective},     {"max_weight", overlap.max_weight},
                       {"mean_weight", overlap.mean_weight}, {"mean_margin", overlap.mean_margin},
                       {"possible", overlap.possible},       {"first_place", overlap.first_place}};
  object["not_used"] = OrderedJson::array();
  for (const LogProblem& problem : log.problems.rows()) {
    object["not_used"].push_back({{"reason", problem.reason}, {"count", problem.count}, {"first", problem.first}});
  }
  object["warnings"] = report.warnings;
  return object;
}

StageReport report_on(DecisionLog& log, TargetPolicy& policy, const OpeOptions& options) {
  const PolicyReport report = evaluate_policy(log, policy, options);
  return {.json = pretty_json(json_of(log, report, options)), .text = text_of(log, report, options)};
}

}  // namespace

StageReport evaluate_off_policy(const OpeRequest& request, const OpeOptions& options) {
  const bool known = request.policy == "uniform" || request.policy == "log";
  if (request.run.empty() ? !known : !request.policy.empty()) {
    throw usage_error("which policy is in question?",
                      {.where = "request.run and request.policy",
                       .expected = "a run, or uniform or log",
                       .got = request.run.empty() ? "'" + request.policy + "'" : "both"});
  }
  DecisionLog log = read_with_rewards(request, options);
  if (request.policy == "uniform") {
    UniformPolicy policy(log.decisions);
    return report_on(log, policy, options);
  }
  if (request.policy == "log") {
    LoggingPolicy policy;
    return report_on(log, policy, options);
  }
  Recommender recommender = Recommender::open(request.run, request.recommender);
  RunPolicy policy(recommender, request.each, describe(request), request.stop);
  return report_on(log, policy, options);
}

}  // namespace p5
