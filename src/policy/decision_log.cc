#include "policy/decision_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/terminal_text.h"

namespace p5 {

void LogProblems::count(std::string_view reason, std::string_view where, std::string_view got) {
  const auto found = std::ranges::find(rows_, reason, &LogProblem::reason);
  if (found != rows_.end()) {
    ++found->count;
    return;
  }
  constexpr std::size_t kShown = 60;
  std::string first(where);
  if (!got.empty()) first += fmt::format(": {}", terminal_text(std::string(got.substr(0, kShown))));
  rows_.push_back({.reason = std::string(reason), .count = 1, .first = std::move(first)});
}

std::uint64_t LogProblems::count_of(std::string_view reason) const {
  const auto found = std::ranges::find(rows_, reason, &LogProblem::reason);
  return found == rows_.end() ? 0 : found->count;
}

std::uint64_t LogProblems::total() const {
  std::uint64_t sum = 0;
  for (const LogProblem& row : rows_) sum += row.count;
  return sum;
}

bool DecisionCollector::add(LoggedDecision decision, std::string_view where) {
  LogProblems& problems = log_->problems;
  if (decision.shown.empty()) {
    problems.count("nothing was shown", where);
    return false;
  }
  std::unordered_set<std::string_view> items;
  for (const ShownItem& shown : decision.shown) {
    if (std::isnan(shown.propensity)) {
      problems.count(kNoPropensity, where, shown.item);
      return false;
    }
    if (!(shown.propensity > 0 && shown.propensity <= 1)) {
      problems.count("a propensity outside (0, 1]", where, fmt::format("{}", shown.propensity));
      return false;
    }
    if (!std::isfinite(shown.reward)) {
      problems.count("a reward that is no number", where, shown.item);
      return false;
    }
    if (!items.insert(shown.item).second) {
      problems.count("an item twice in one list", where, shown.item);
      return false;
    }
  }
  if (!decision.id.empty() && !ids_.insert(decision.id).second) {
    problems.count("a decision twice", where, decision.id);
    return false;
  }
  log_->decisions.push_back(std::move(decision));
  return true;
}

}  // namespace p5
