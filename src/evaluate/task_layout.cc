#include "evaluate/task_layout.h"

#include <algorithm>
#include <array>

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
  const auto found =
      std::find_if(layouts.begin(), layouts.end(), [&](const TaskLayout& row) { return row.task == task; });
  return found == layouts.end() ? others : *found;
}

std::string score_key(const TaskResult& result, std::string_view score, bool taken) {
  const bool plain = result.part.empty() || (!taken && !layout_of(result.task).nested);
  return plain ? std::string(score) : result.part + "_" + std::string(score);
}

std::string words_of(const TaskResult& result) {
  struct Words {
    std::string_view task, part, words;
  };
  static constexpr std::array<Words, 12> kWords{
      {{"sequential", "", "next item"},
       {"direct", "", "choice among candidates"},
       {"rating", "", "stars of a rating"},
       {"explanation", "", "explanation"},
       {"explanation_feature", "", "explanation (feature given)"},
       {"explanation_feature_star", "", "explanation (feature and stars given)"},
       {"review", "star", "stars of a review"},
       {"review", "headline", "headline of a review"},
       {"rating_like_dislike", "", "like or dislike"},
       {"rating_yes_no", "", "yes or no to stars"},
       {"sequential_yes_no", "", "yes or no to a next item"},
       {"direct_yes_no", "", "yes or no to a candidate"}}};
  for (const Words& row : kWords) {
    const bool nested = row.part.empty() && layout_of(result.task).nested;  // its parts differ in what is allowed only
    if (row.task == result.task && (nested || row.part == result.part)) return std::string(row.words);
  }
  return result.part.empty() ? result.task : result.task + ", " + result.part;
}

bool contains(const std::vector<std::string_view>& scores, std::string_view score) {
  return std::find(scores.begin(), scores.end(), score) != scores.end();
}

}  // namespace p5
