#include "policy/policy_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/progress.h"
#include "p5/error.h"
#include "policy/reward_model.h"

namespace p5 {
namespace {

constexpr std::size_t kPerLook = 256;  // decisions that a policy is asked about together

void require_propensities(const DecisionLog& log) {
  if (!log.decisions.empty()) return;
  const std::uint64_t without = log.problems.count_of(DecisionCollector::kNoPropensity);
  if (without == 0) {
    throw data_error("the log has no decision that can be used",
                     {.where = log.problems.rows().empty() ? "" : log.problems.rows().front().first,
                      .expected = "answers with items and their propensities",
                      .got = log.problems.rows().empty() ? "none" : log.problems.rows().front().reason});
  }
  throw data_error("the log has no propensities, so nothing follows from it about another policy",
                   {.where = log.problems.rows().front().first,
                    .expected = "answers that were drawn: requests with \"explore\": true, and p5 serve RUN --set "
                                "serve.answer_log=FILE, which writes the propensity of each place (docs/online.md)",
                    .got = fmt::format("{} answers without", without)});
}

void keep_one_kind(DecisionLog& log) {
  const PropensityKind kind = log.decisions.front().kind;
  std::erase_if(log.decisions, [&](const LoggedDecision& decision) {
    if (decision.kind == kind) return false;
    log.problems.count("another kind of propensities than the first decision has", decision.id);
    return true;
  });
}

// A list's first places are a list of their own: what is below them changes neither their propensities nor, where
// users look from the top, their rewards.
void keep_first_places(DecisionLog& log, std::int64_t places) {
  if (places == 0) return;
  for (LoggedDecision& decision : log.decisions) {
    decision.shown.resize(std::min(decision.shown.size(), static_cast<std::size_t>(places)));
  }
}

void keep_known(DecisionLog& log, const TargetPolicy& policy) {
  const std::size_t before = log.decisions.size();
  std::string first;
  std::erase_if(log.decisions, [&](const LoggedDecision& decision) {
    const auto unknown =
        std::ranges::find_if(decision.shown, [&](const ShownItem& shown) { return !policy.knows(shown.item); });
    if (unknown == decision.shown.end()) return false;
    log.problems.count("an item that the policy does not know", decision.id, unknown->item);
    if (first.empty()) first = unknown->item;
    return true;
  });
  if (2 * log.decisions.size() >= before) return;
  throw data_error(
      "the log is of another catalogue",
      {.where = policy.name(),
       .expected = "items that the run knows in at least half of the decisions",
       .got = fmt::format("unknown ones in {} of {}, first '{}'", before - log.decisions.size(), before, first)});
}

PolicyOverlap overlap_of(std::span<const EvaluatedDecision> decisions) {
  PolicyOverlap overlap;
  double sum = 0, squares = 0;
  for (const EvaluatedDecision& decision : decisions) {
    double weight = 1;
    for (const EvaluatedPlace& place : decision.places) weight *= place.weight();
    sum += weight;
    squares += weight * weight;
    overlap.max_weight = std::max(overlap.max_weight, weight);
    if (weight > 0) ++overlap.possible;
    if (decision.places.front().target > 0) ++overlap.first_place;
  }
  const auto n = static_cast<double>(decisions.size());
  overlap.effective = squares > 0 ? sum * sum / squares : 0;
  overlap.mean_weight = sum / n;
  const double variance = std::max(0.0, squares / n - overlap.mean_weight * overlap.mean_weight);
  overlap.mean_margin = 1.96 * std::sqrt(variance / n);
  overlap.possible /= n;
  overlap.first_place /= n;
  return overlap;
}

// Weights of lists whose propensities are of single places do not multiply, so only lists given above are judged.
std::vector<std::string> warnings_of(const PolicyReport& report) {
  constexpr double kFew = 100;
  const PolicyOverlap& overlap = report.overlap;
  std::vector<std::string> warnings;
  if (report.kind == PropensityKind::kOfPlace && report.longest > 1) return warnings;
  if (overlap.effective < kFew) {
    warnings.push_back(
        fmt::format("{:.1f} decisions of {} carry the weight: estimates by weights say little, and their intervals are "
                    "too narrow",
                    overlap.effective, report.decisions));
  }
  if (std::abs(overlap.mean_weight - 1) > overlap.mean_margin + 0.05) {
    warnings.push_back(
        fmt::format("the mean weight is {:.3f} ± {:.3f} and not 1: the policy shows what the log never shows, or the "
                    "propensities are wrong",
                    overlap.mean_weight, overlap.mean_margin));
  }
  return warnings;
}

}  // namespace

std::vector<EvaluatedDecision> evaluate_decisions(std::span<const LoggedDecision> decisions, TargetPolicy& policy,
                                                  const OpeOptions& options) {
  const RewardModel model(decisions, static_cast<std::size_t>(options.folds), options.prior, options.seed);
  std::vector<EvaluatedDecision> evaluated;
  Progress progress("judging", decisions.size(), "decisions");
  for (std::size_t begin = 0; begin < decisions.size(); begin += kPerLook) {
    const auto group = decisions.subspan(begin, std::min(kPerLook, decisions.size() - begin));
    const std::vector<PolicyView> views = policy.look(group);
    progress.advance(group.size());
    for (std::size_t i = 0; i < group.size(); ++i) {
      const LoggedDecision& decision = group[i];
      const std::size_t fold = model.fold_of(decision);
      EvaluatedDecision& own = evaluated.emplace_back();
      own.kind = decision.kind;
      for (std::size_t place = 0; place < decision.shown.size(); ++place) {
        const ShownItem& shown = decision.shown[place];
        own.places.push_back({.logged = shown.propensity,
                              .target = views[i].target[place],
                              .reward = shown.reward,
                              .predicted = model.predict(shown.item, decision.first_place + place, fold)});
      }
      for (std::size_t place = 0; place < views[i].own.size(); ++place) {
        for (const ItemProbability& each : views[i].own[place]) {
          own.model_value += each.probability * model.predict(each.item, decision.first_place + place, fold);
        }
      }
    }
  }
  return evaluated;
}

PolicyReport evaluate_policy(DecisionLog& log, TargetPolicy& policy, const OpeOptions& options) {
  require_propensities(log);
  keep_one_kind(log);
  keep_first_places(log, options.places);
  keep_known(log, policy);
  const std::vector<EvaluatedDecision> decisions = evaluate_decisions(log.decisions, policy, options);
  PolicyReport report;
  report.policy = policy.name();
  report.decisions = decisions.size();
  report.kind = decisions.front().kind;
  for (const EvaluatedDecision& decision : decisions) report.longest = std::max(report.longest, decision.places.size());
  const IntervalOptions intervals{
      .confidence = options.confidence, .resamples = options.resamples, .seed = options.seed};
  std::vector<EstimatorTerm> terms;
  for (const LoggedDecision& decision : log.decisions) {
    EstimatorTerm& term = terms.emplace_back();
    for (const ShownItem& shown : decision.shown) term.value += shown.reward;
  }
  report.logged = estimate_policy(terms, intervals);
  const EstimatorLimits limits{.clip = options.clip, .switch_above = options.switch_above};
  for (const PolicyEstimator& estimator : policy_estimators()) {
    if (!fits(estimator, report.kind, report.longest)) continue;
    for (std::size_t i = 0; i < decisions.size(); ++i) terms[i] = estimator.term(decisions[i], limits);
    report.rows.push_back({.name = std::string(estimator.name),
                           .what = std::string(estimator.what),
                           .estimate = estimate_policy(terms, intervals)});
  }
  report.overlap = overlap_of(decisions);
  report.warnings = warnings_of(report);
  return report;
}

}  // namespace p5
