// The policy that answered: its value is the mean reward of the log. Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "policy/target_policy.h"

namespace p5 {

class LoggingPolicy final : public TargetPolicy {
 public:
  std::string name() const override { return "log"; }
  bool knows(const std::string&) const override { return true; }
  std::vector<PolicyView> look(std::span<const LoggedDecision> decisions) override {
    std::vector<PolicyView> views;
    for (const LoggedDecision& decision : decisions) {
      PolicyView& view = views.emplace_back();
      for (const ShownItem& shown : decision.shown) {
        view.target.push_back(shown.propensity);
        view.own.push_back({{.item = shown.item}});
      }
    }
    return views;
  }
};

}  // namespace p5
