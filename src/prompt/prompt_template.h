// One prompt: the question, the answer, and what the pair is used for. A plain value; thread-safe.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prompt/prompt_families.h"
#include "prompt/prompt_pattern.h"

namespace p5 {

struct PromptTemplate {
  std::string id;                       // "2-3"
  std::string family;                   // one of prompt_families(), or a custom one
  PromptTask task = PromptTask::kStar;  // with the family, decides where values come from
  PromptPattern source, target;
  bool held_out = false;  // kept for evaluation: never trained on
  std::string metric;     // what its evaluation reports first
  std::string where;      // file:line of the prompt
};

// The fields of a prompt as a file gives them. An empty `metric` takes the task's default.
struct PromptFields {
  std::string id, family, task, source, target, metric;
  bool held_out = false;
  std::optional<SlotSet> slots = {};  // those that the file allows; none: all that the task allows
  // File and line of each field, for errors; `where` is that of the prompt itself.
  std::string where, task_where, source_where, target_where;
};

// Checks all rules for prompts: a known family and task, slots that have a value in this task, none that reveals the
// answer, and a target that is the task's answer. A family that p5 does not know is a custom family: its prompts ask
// about reviews, with any target that their source does not reveal, and must name a metric. Prompts of family zero-shot
// are always held out. Throws Corrupted (data).
PromptTemplate make_prompt_template(const PromptFields& fields);

// Object with id, family, task, held_out, slots (those of the source), source, target, metric and where.
nlohmann::json to_json(const PromptTemplate& prompt);

}  // namespace p5
