// What an event of feedback is worth. Immutable; thread-safe.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "online/feedback_event.h"

namespace p5 {

class RewardRules {
 public:
  // "purchase=5": each event of a type is worth a number; "rating=value": what the event carries. Without rules, every
  // event that is a sign of interest (LiveHistories::is_interest) is worth 1. Throws a usage error that names the
  // option for other texts.
  explicit RewardRules(const std::vector<std::string>& rules = {}, const std::string& option = "ope.rewards");

  // None for a type without a rule, and for an event that lacks the value that its rule asks for.
  std::optional<double> of(const FeedbackEvent& event) const;

 private:
  std::map<std::string, std::optional<double>> worth_;  // by type; none: the event's value
};

}  // namespace p5
