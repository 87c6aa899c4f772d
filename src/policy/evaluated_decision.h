// A decision as estimators see it: how likely the policy in question would have shown what was shown, what came of it,
// and what a model of rewards expected. A plain value.
#pragma once

#include <vector>

#include "policy/logged_decision.h"

namespace p5 {

struct EvaluatedPlace {
  double logged = 1;     // p(a | x, items above): of the policy that answered
  double target = 0;     // pi(a | x, items above): of the policy in question
  double reward = 0;     // r
  double predicted = 0;  // q(x, a): the reward that the model expects of this item at this place

  double weight() const { return target / logged; }
};

struct EvaluatedDecision {
  PropensityKind kind = PropensityKind::kGivenAbove;
  std::vector<EvaluatedPlace> places;
  double model_value = 0;  // sum over the places of what the model expects of the policy in question's own list
};

}  // namespace p5
