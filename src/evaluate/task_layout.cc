#include "evaluate/task_layout.h"

#include <algorithm>

namespace p5 {

const std::vector<TaskLayout>& listed_layouts() {
  static const std::vector<TaskLayout> layouts{
      {.task = "sequential",
       .count_key = "users",
       .count_heading = "users",
       .nested = true,
       .after_count = {"invalid_rate", "distinct"}},
      {.task = "direct",
       .count_key = "users",
       .count_heading = "users",
       .not_in_json = {"mrr", "invalid_rate"},
       .not_in_tables = {"invalid_rate"}},
      {.task = "rating", .count_heading = "ratings", .after_count = {"coverage"}, .not_in_tables = {"r2"}},
  };
  return layouts;
}

const TaskLayout& layout_of(std::string_view task) {
  static const TaskLayout others{.task = "", .shows_prompt = true};
  const auto& layouts = listed_layouts();
  const auto found = std::find_if(layouts.begin(), layouts.end(), [&](const TaskLayout& row) { return row.task == task; });
  return found == layouts.end() ? others : *found;
}

std::string score_key(const TaskResult& result, std::string_view score, bool taken) {
  const bool plain = result.part.empty() || (!taken && !layout_of(result.task).nested);
  return plain ? std::string(score) : result.part + "_" + std::string(score);
}

bool contains(const std::vector<std::string_view>& scores, std::string_view score) {
  return std::find(scores.begin(), scores.end(), score) != scores.end();
}

}  // namespace p5
