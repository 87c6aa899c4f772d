// What a log says about a policy: estimates with intervals, and how far the log can say anything. A plain value.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "policy/decision_log.h"
#include "policy/ope_options.h"
#include "policy/policy_estimate.h"
#include "policy/target_policy.h"

namespace p5 {

// How much of the log speaks about the policy, by the weights of whole lists.
struct PolicyOverlap {
  double effective = 0;    // effective sample size, (sum w)^2 / sum w^2 (Kish 1965)
  double mean_weight = 0;  // near 1 where the propensities are right and the log has all that the policy shows
  double mean_margin = 0;  // half of the interval of the mean
  double max_weight = 0;
  double possible = 0;     // share of decisions that the policy might have made as they are
  double first_place = 0;  // the same for their first places alone
};

struct PolicyRow {
  std::string name, what;
  PolicyEstimate estimate;
};

struct PolicyReport {
  std::string policy;
  std::size_t decisions = 0, longest = 0;
  PropensityKind kind = PropensityKind::kGivenAbove;
  PolicyEstimate logged;  // the mean reward of a decision of the log
  std::vector<PolicyRow> rows;
  PolicyOverlap overlap;
  std::vector<std::string> warnings;  // why not to trust the rows
};

// Decisions as estimators see them, under a policy. REQUIRES that the policy knows all items.
std::vector<EvaluatedDecision> evaluate_decisions(std::span<const LoggedDecision> decisions, TargetPolicy& policy,
                                                  const OpeOptions& options);

// Lists are judged by their first `places`. Sets decisions aside, with a reason, whose items the policy does not know,
// and those of another kind of propensities than the first. Throws a data error where no decision has propensities, and
// where most have unknown items, as those of another catalogue do.
PolicyReport evaluate_policy(DecisionLog& log, TargetPolicy& policy, const OpeOptions& options);

}  // namespace p5
