// One prompt: the question, the answer, and what the pair is for. A plain value; thread-safe.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "prompt/prompt_pattern.h"

namespace p5 {

// What is asked; together with the family it says where values come from.
enum class PromptTask : std::uint8_t { kStar, kYesNo, kLikeDislike, kNextItem, kChoose };

struct PromptTemplate {
  std::string id;      // "2-3"
  std::string family;  // rating | sequential | direct
  PromptTask task = PromptTask::kStar;
  PromptPattern source, target;
  bool held_out = false;  // kept for evaluation: never trained on
  std::string metric;     // what its evaluation reports first
  std::string where;      // file:line it stands at
};

// The fields of a prompt as a file gives them. Empty `metric` takes the task's usual one.
struct PromptFields {
  std::string id, family, task, source, target, metric;
  bool held_out = false;
  // Where each field stands, for errors; `where` is that of the prompt itself.
  std::string where, task_where, source_where, target_where;
};

// Checks everything that a prompt must obey: a known family and task, slots that have a value in this task, none that
// gives the answer away, and a target that is exactly the task's answer. Throws Corrupted (data).
PromptTemplate make_prompt_template(const PromptFields& fields);

std::string_view to_string(PromptTask task);        // "yes-no"
const std::vector<std::string>& prompt_families();  // known families

// Object with id, family, task, held_out, slots (those of the source), source, target, metric and where.
nlohmann::json to_json(const PromptTemplate& prompt);

}  // namespace p5
