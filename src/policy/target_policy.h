// A policy whose value is to be estimated: how likely it would have shown what a log shows. Not thread-safe.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "policy/logged_decision.h"

namespace p5 {

struct ItemProbability {
  std::string item;
  double probability = 1;
};

// What a policy would have done in place of a logged decision.
struct PolicyView {
  std::vector<double> target;                     // of each item shown, at its place, as the decision's kind says
  std::vector<std::vector<ItemProbability>> own;  // what it would show at each place itself; sums of 1, or one draw
};

class TargetPolicy {
 public:
  virtual ~TargetPolicy() = default;
  virtual std::string name() const = 0;
  // Whether the policy can show the item at all.
  virtual bool knows(const std::string& item) const = 0;
  // One view per decision, of which it knows all items.
  virtual std::vector<PolicyView> look(std::span<const LoggedDecision> decisions) = 0;
};

}  // namespace p5
