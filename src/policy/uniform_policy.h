// All items alike: those that might have been shown, or, where the log does not say, all that it has. Not thread-safe.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "policy/target_policy.h"

namespace p5 {

class UniformPolicy final : public TargetPolicy {
 public:
  explicit UniformPolicy(std::span<const LoggedDecision> log);

  std::string name() const override { return "uniform"; }
  bool knows(const std::string&) const override { return true; }
  std::vector<PolicyView> look(std::span<const LoggedDecision> decisions) override;

 private:
  std::vector<std::string> items_;
};

}  // namespace p5
