// Estimates of what a policy would have earned per decision, from decisions of another. Every estimator gives each
// decision a value and a weight, and the estimate is the sum of the values by the sum of the weights. Thread-safe: free
// functions of plain values.
//
// Notation: a list has places l = 1..L with items a_l and rewards r_l; R = sum of r_l. w_l = pi(a_l | x, a_<l) /
// p(a_l | x, a_<l) is the importance weight of a place and w_1:l the product of the weights of places 1 to l. q is a
// model of rewards, V_q what it expects of pi's own list. Weights of products are clipped at `clip`.
#pragma once

#include <span>
#include <string_view>

#include "policy/evaluated_decision.h"

namespace p5 {

struct EstimatorLimits {
  double clip = 0;           // 0: none
  double switch_above = 10;  // of switch-DR
};

struct EstimatorTerm {
  double value = 0, weight = 1;
};

// w_1:L R. Inverse propensity scoring (Horvitz and Thompson 1952; Precup et al. 2000 for sequences).
EstimatorTerm ips_term(const EvaluatedDecision& decision, const EstimatorLimits& limits);
// The same divided by the sum of w_1:L: self-normalised (Swaminathan and Joachims 2015).
EstimatorTerm snips_term(const EvaluatedDecision& decision, const EstimatorLimits& limits);
// V_q: the direct method.
EstimatorTerm direct_term(const EvaluatedDecision& decision, const EstimatorLimits& limits);
// V_q + sum over l of w_1:l (r_l - q_l): doubly robust (Dudik et al. 2011), over the places of a list as a cascade
// (Kiyohara et al. 2022).
EstimatorTerm doubly_robust_term(const EvaluatedDecision& decision, const EstimatorLimits& limits);
// V_q + sum over l with w_1:l <= switch_above of w_1:l (r_l - q_l): switch-DR (Wang et al. 2017).
EstimatorTerm switch_doubly_robust_term(const EvaluatedDecision& decision, const EstimatorLimits& limits);
// sum over l of w_1:l r_l: a reward depends on the item and those above it (cascade; reward interaction IPS, McInerney
// et al. 2020).
EstimatorTerm cascade_term(const EvaluatedDecision& decision, const EstimatorLimits& limits);
// sum over l of w_l r_l, with weights of places whatever else is shown: a reward depends on the item and its place
// alone (Li et al. 2018).
EstimatorTerm independent_term(const EvaluatedDecision& decision, const EstimatorLimits& limits);
// (1 - L + sum over l of w_l) R: the reward of the list is a sum over its places, of which only the whole is seen
// (pseudo-inverse; Swaminathan et al. 2017, for policies that draw places independently).
EstimatorTerm pseudo_inverse_term(const EvaluatedDecision& decision, const EstimatorLimits& limits);

struct PolicyEstimator {
  // Which decisions it can weigh: any; lists with propensities given the items above, or single items; lists of several
  // items with propensities of this kind.
  enum class Fits { kAny, kSequence, kListsGivenAbove, kListsOfPlaces };
  std::string_view name;  // "snips"
  std::string_view what;  // in words
  Fits fits;
  EstimatorTerm (*term)(const EvaluatedDecision& decision, const EstimatorLimits& limits);
};

// All of them, in the order of reports.
std::span<const PolicyEstimator> policy_estimators();
// Whether an estimator can weigh decisions of this kind whose longest list is this long.
bool fits(const PolicyEstimator& estimator, PropensityKind kind, std::size_t longest);

}  // namespace p5
