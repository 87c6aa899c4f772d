#include "policy/reward_rules.h"

#include <charconv>
#include <cmath>
#include <string_view>

#include "online/live_histories.h"
#include "p5/error.h"

namespace p5 {
namespace {

std::optional<double> finite_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size() && std::isfinite(number);
  return whole ? std::optional(number) : std::nullopt;
}

}  // namespace

RewardRules::RewardRules(const std::vector<std::string>& rules, const std::string& option) {
  for (const std::string& rule : rules) {
    const auto equals = rule.find('=');
    const std::string worth = equals == std::string::npos ? "" : rule.substr(equals + 1);
    const std::optional<double> number = finite_number(worth);
    if (equals == 0 || (!number && worth != "value")) {
      throw usage_error("bad reward",
                        {.where = option, .expected = "TYPE=NUMBER or TYPE=value", .got = "'" + rule + "'"});
    }
    worth_[rule.substr(0, equals)] = number;
  }
}

std::optional<double> RewardRules::of(const FeedbackEvent& event) const {
  if (worth_.empty()) return LiveHistories::is_interest(event.type) ? std::optional(1.0) : std::nullopt;
  const auto rule = worth_.find(event.type);
  if (rule == worth_.end()) return std::nullopt;
  return rule->second ? rule->second : event.value;
}

}  // namespace p5
