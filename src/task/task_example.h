// One training or evaluation example before tokenisation. A plain value.
#pragma once

#include <string>

#include "prompt/rendered_text.h"

namespace p5 {

struct TaskExample {
  RenderedText source;
  RenderedText target = {};    // empty when the answer is not known
  std::string prompt_id = {};  // "2-3"; empty where no prompt was asked
};

}  // namespace p5
