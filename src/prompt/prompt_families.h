// The families of prompts that p5 knows: their names, and what prompts of each may ask. A family of any other name is
// the user's own; its prompts ask about one review (docs/prompts.md). How families are trained is said in
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
inline constexpr const char* kZeroShotFamily = "zero-shot";  // asks as other families do, and is never trained on

// What a family asks under a task name: the slots that may stand in the source, groups of which at least one slot
// must, and the answer's slot. A slot that tells the answer is not among those that may stand. Where slots may
// accompany the answer, the target may hold words as well.
struct PromptRule {
  PromptTask task;
  Slot answer;
  SlotSet may;
  std::vector<SlotSet> must;
  std::string_view metric;  // the usual one of such prompts
  SlotSet beside = {};      // in the target
};

struct PromptFamily {
  std::string_view name;
  std::vector<PromptRule> rules;
};

const std::vector<PromptFamily>& prompt_families();
std::vector<std::string> prompt_family_names();
// Null for a family of the user's own.
const PromptFamily* find_prompt_family(std::string_view name);
bool is_known_family(std::string_view family);
// Whether prompts of a known family ask this.
bool family_asks(std::string_view family, PromptTask task);

// What prompts of the user's own families may hold: who, what, and what was written and judged.
SlotSet slots_about_reviews();

}  // namespace p5
