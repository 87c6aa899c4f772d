// Decisions of a log, and what of it could not be used: counted by reason, each with the first place where it was
// found. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "policy/logged_decision.h"

namespace p5 {

struct LogProblem {
  std::string reason;  // short and stable: "twice"
  std::uint64_t count = 0;
  std::string first;  // "answers.jsonl:17", with what was found there
};

class LogProblems {
 public:
  void count(std::string_view reason, std::string_view where, std::string_view got = {});
  const std::vector<LogProblem>& rows() const { return rows_; }
  std::uint64_t count_of(std::string_view reason) const;
  std::uint64_t total() const;

 private:
  std::vector<LogProblem> rows_;  // in the order in which they were met
};

struct DecisionLog {
  std::string format;  // "answers", "dsjson" or "open-bandit"
  std::vector<LoggedDecision> decisions;
  LogProblems problems;
};

// Takes the decisions of a reader: each that can be weighed, once.
class DecisionCollector {
 public:
  static constexpr const char* kNoPropensity = "no propensity";

  explicit DecisionCollector(DecisionLog& log) : log_(&log) {}

  // Returns whether the decision was taken. A propensity that is missing is NaN.
  bool add(LoggedDecision decision, std::string_view where);

 private:
  DecisionLog* log_;
  std::unordered_set<std::string> ids_;
};

}  // namespace p5
