// Which prompt asks a question when the caller names none. Thread-safe: free functions.
#pragma once

#include <string>
#include <string_view>

#include "prompt/prompt_library.h"
#include "task/task_options.h"

namespace p5 {

// What an explanation prompt reveals about its answer; only scores within one hint can be compared (docs/protocol.md).
struct PromptHint {
  bool feature = false, stars = false, headline = false;
  bool operator==(const PromptHint&) const = default;
};
PromptHint hint_of(const PromptTemplate& prompt);
std::string to_string(const PromptHint& hint);  // "none", "feature", "feature and star"

// Whether training taught a model to answer such prompts: examples of the family, or for zero-shot prompts of a family
// that asks for the same.
bool is_taught(const PromptTemplate& prompt, const TaskOptions& options);

struct PromptWish {
  std::string family;
  PromptTask task;
  PromptHint hint = {};   // explain: exactly this
  bool held_out = false;  // a prompt that no training saw: one of the family's, else a zero-shot one
};

// The first prompt of the library that fits, with nothing in its answer but what the task asks for; null when there is
// none. Trained prompts are those that `options` trains.
const PromptTemplate* find_prompt(const PromptLibrary& prompts, const TaskOptions& options, const PromptWish& wish);

// `given`, or the first prompt that fits. Throws NotFound for an unknown one, InvalidArgument for one that asks for
// something else, Unsupported where no prompt fits.
const PromptTemplate& choose_prompt(const PromptLibrary& prompts, const TaskOptions& options, const PromptWish& wish,
                                    std::string_view given);

}  // namespace p5
