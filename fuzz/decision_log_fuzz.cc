// Logs of decisions: answers of p5 serve, dsjson of Vowpal Wabbit, and the csv of Open Bandit.
#include "policy/log_reader.h"
#include "reader_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static constexpr const char* kFormats[] = {"auto", "answers", "dsjson", "open-bandit"};
  const std::string format = kFormats[p5::fuzz::choose(bytes, 4)];
  try {
    const p5::DecisionLog log = p5::read_decision_log(p5::fuzz::input_file("log", bytes), format);
    for (const p5::LoggedDecision& decision : log.decisions) {
      p5::fuzz::require(!decision.shown.empty(), "a decision shows something");
      for (const p5::ShownItem& shown : decision.shown) {
        p5::fuzz::require(shown.propensity > 0 && shown.propensity <= 1, "propensities are in (0, 1]");
        p5::fuzz::require(std::isfinite(shown.reward), "rewards are finite");
      }
    }
    for (const p5::LogProblem& problem : log.problems.rows()) {
      p5::fuzz::require(problem.count > 0 && !problem.first.empty(), "problems are named");
    }
  } catch (const p5::Error& error) {
    p5::fuzz::require(error.code() != p5::ErrorCode::kInternal, "no line is an internal error");
  }
  return 0;
}
