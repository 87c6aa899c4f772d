// One training or evaluation example before tokenisation. A plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "prompt/prompt_task.h"
#include "prompt/rendered_text.h"

namespace p5 {

// Where the items of a training target stand in their user's train part: what comes before each is its history.
struct TargetPlace {
  std::uint32_t user = 0;
  std::size_t first = 0;                       // of the first item in question
  std::size_t given = 0;                       // items that the target begins with and that are in no question
  std::vector<std::uint32_t> candidates = {};  // the only items in question; empty: all
};

struct TaskExample {
  RenderedText source;
  RenderedText target = {};                // empty when the answer is not known
  std::string prompt_id = {};              // "2-3"; empty where no prompt was asked
  std::optional<TargetPlace> place = {};   // of a training target that consists of items after a history
  std::vector<float> answers = {};         // shares of the answers in words (task/answer_evidence.h); empty: unknown
  PromptTask task = PromptTask::kText;     // of the prompt
  std::optional<std::uint32_t> user = {};  // whose features stand before the source; none: nobody's
};

}  // namespace p5
