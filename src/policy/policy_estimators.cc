#include "policy/policy_estimators.h"

#include <algorithm>
#include <array>

namespace p5 {
namespace {

double clipped(double weight, const EstimatorLimits& limits) {
  return limits.clip > 0 ? std::min(weight, limits.clip) : weight;
}

double weight_of_list(const EvaluatedDecision& decision, const EstimatorLimits& limits) {
  double weight = 1;
  for (const EvaluatedPlace& place : decision.places) weight *= place.weight();
  return clipped(weight, limits);
}

double reward_of_list(const EvaluatedDecision& decision) {
  double sum = 0;
  for (const EvaluatedPlace& place : decision.places) sum += place.reward;
  return sum;
}

// Sum over the places of w_1:l times what `gain` makes of the place, as far as `counts` allows the weight.
template <typename Gain, typename Counts>
double sum_down_the_list(const EvaluatedDecision& decision, const EstimatorLimits& limits, Gain gain, Counts counts) {
  double sum = 0, weight = 1;
  for (const EvaluatedPlace& place : decision.places) {
    weight *= place.weight();
    if (counts(weight)) sum += clipped(weight, limits) * gain(place);
  }
  return sum;
}

double surprise(const EvaluatedPlace& place) { return place.reward - place.predicted; }
bool any_weight(double) { return true; }

}  // namespace

EstimatorTerm ips_term(const EvaluatedDecision& decision, const EstimatorLimits& limits) {
  return {.value = weight_of_list(decision, limits) * reward_of_list(decision)};
}

EstimatorTerm snips_term(const EvaluatedDecision& decision, const EstimatorLimits& limits) {
  const double weight = weight_of_list(decision, limits);
  return {.value = weight * reward_of_list(decision), .weight = weight};
}

EstimatorTerm direct_term(const EvaluatedDecision& decision, const EstimatorLimits&) {
  return {.value = decision.model_value};
}

EstimatorTerm doubly_robust_term(const EvaluatedDecision& decision, const EstimatorLimits& limits) {
  return {.value = decision.model_value + sum_down_the_list(decision, limits, surprise, any_weight)};
}

EstimatorTerm switch_doubly_robust_term(const EvaluatedDecision& decision, const EstimatorLimits& limits) {
  const auto moderate = [&](double weight) { return weight <= limits.switch_above; };
  return {.value = decision.model_value + sum_down_the_list(decision, limits, surprise, moderate)};
}

EstimatorTerm cascade_term(const EvaluatedDecision& decision, const EstimatorLimits& limits) {
  return {.value = sum_down_the_list(
              decision, limits, [](const EvaluatedPlace& place) { return place.reward; }, any_weight)};
}

EstimatorTerm independent_term(const EvaluatedDecision& decision, const EstimatorLimits& limits) {
  double sum = 0;
  for (const EvaluatedPlace& place : decision.places) sum += clipped(place.weight(), limits) * place.reward;
  return {.value = sum};
}

EstimatorTerm pseudo_inverse_term(const EvaluatedDecision& decision, const EstimatorLimits& limits) {
  double weight = 1 - static_cast<double>(decision.places.size());
  for (const EvaluatedPlace& place : decision.places) weight += place.weight();
  return {.value = clipped(weight, limits) * reward_of_list(decision)};
}

std::span<const PolicyEstimator> policy_estimators() {
  using Fits = PolicyEstimator::Fits;
  static constexpr std::array kEstimators{
      PolicyEstimator{"ips", "inverse propensity", Fits::kSequence, ips_term},
      PolicyEstimator{"snips", "inverse propensity, self-normalised", Fits::kSequence, snips_term},
      PolicyEstimator{"dm", "direct method: the model of rewards alone", Fits::kAny, direct_term},
      PolicyEstimator{"dr", "doubly robust", Fits::kSequence, doubly_robust_term},
      PolicyEstimator{"switch-dr", "doubly robust where weights are moderate", Fits::kSequence,
                      switch_doubly_robust_term},
      PolicyEstimator{"cascade", "rewards depend on the items above", Fits::kListsGivenAbove, cascade_term},
      PolicyEstimator{"independent", "rewards depend on item and place", Fits::kListsOfPlaces, independent_term},
      PolicyEstimator{"pseudo-inverse", "rewards of lists are sums over places", Fits::kListsOfPlaces,
                      pseudo_inverse_term}};
  return kEstimators;
}

bool fits(const PolicyEstimator& estimator, PropensityKind kind, std::size_t longest) {
  const bool single = longest <= 1, given_above = kind == PropensityKind::kGivenAbove;
  switch (estimator.fits) {
    case PolicyEstimator::Fits::kAny:
      return true;
    case PolicyEstimator::Fits::kSequence:
      return single || given_above;
    case PolicyEstimator::Fits::kListsGivenAbove:
      return !single && given_above;
    case PolicyEstimator::Fits::kListsOfPlaces:
      return !single && !given_above;
  }
  return false;
}

}  // namespace p5
