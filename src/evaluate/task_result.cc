#include "evaluate/task_result.h"

#include <fmt/format.h>

#include <algorithm>

#include "p5/error.h"

namespace p5 {

const Score* TaskResult::find(std::string_view score) const {
  const auto found = std::find_if(scores.begin(), scores.end(), [&](const Score& each) { return each.name == score; });
  return found == scores.end() ? nullptr : &*found;
}

double TaskResult::value(std::string_view score) const {
  if (const Score* found = find(score)) return found->value;
  std::string known;
  for (const Score& each : scores) known += (known.empty() ? "" : ", ") + each.name;
  throw not_found_error("no such score", {.where = task + (part.empty() ? "" : ", " + part),
                                          .expected = known.empty() ? "nothing was measured" : "one of " + known,
                                          .got = std::string(score)});
}

const TaskResult* find_result(const TaskResults& results, std::string_view task, std::string_view part) {
  const auto found = std::find_if(results.begin(), results.end(),
                                  [&](const TaskResult& result) { return result.task == task && result.part == part; });
  return found == results.end() ? nullptr : &*found;
}

int decimals_of(std::string_view score) {
  if (score == "distinct") return 1;  // items per list
  return score.starts_with("bleu") || score.starts_with("rouge") ? 2 : 4;
}

std::string to_text(const Score& score) { return fmt::format("{:.{}f}", score.value, decimals_of(score.name)); }

}  // namespace p5
