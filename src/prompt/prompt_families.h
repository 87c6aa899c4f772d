// The families of prompts that p5 knows: their names, and what prompts of each may ask. A family of any other name is a
// custom family; its prompts ask about one review (docs/prompts.md). How families are trained is described in
// task/task_families.h. Thread-safe: constant data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "prompt/prompt_slot.h"
#include "prompt/prompt_task.h"

namespace p5 {

inline constexpr const char* kRatingFamily = "rating";
inline constexpr const char* kSequentialFamily = "sequential";
inline constexpr const char* kExplanationFamily = "explanation";
inline constexpr const char* kReviewFamily = "review";
inline constexpr const char* kDirectFamily = "direct";
inline constexpr const char* kZeroShotFamily = "zero-shot";  // asks what other families ask; never trained on

// What a family asks under a task name: the slots that may be in the source, groups of which at least one slot must be,
// and the slot of the answer. A slot that reveals the answer is not among those that may be in the source. Where slots
// may accompany the answer, the target may also hold words.
struct PromptRule {
  PromptTask task;
  Slot answer;
  SlotSet may;
  std::vector<SlotSet> must;
  std::string_view metric;  // the default of such prompts
  SlotSet beside = {};      // in the target
};

struct PromptFamily {
  std::string_view name;
  std::vector<PromptRule> rules;
};

const std::vector<PromptFamily>& prompt_families();
std::vector<std::string> prompt_family_names();
// Null for a custom family.
const PromptFamily* find_prompt_family(std::string_view name);
bool is_known_family(std::string_view family);
// Whether prompts of a known family ask this task.
bool family_asks(std::string_view family, PromptTask task);

// What prompts of custom families may use: user, item, and what was written and rated.
SlotSet slots_about_reviews();

}  // namespace p5
