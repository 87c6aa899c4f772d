// Prompts as a table for people. Thread-safe: a free function.
#pragma once

#include <span>
#include <string>

#include "prompt/prompt_template.h"

namespace p5 {

// One line of at most `width` columns per prompt, by family in the order of P5; the text of a long prompt is cut.
std::string prompt_table(std::span<const PromptTemplate> prompts, std::size_t width);

}  // namespace p5
