// How a flag is written for people: the same in help pages and in man pages. Thread-safe: free functions.
#pragma once

#include <span>
#include <string>
#include <utility>

#include "cli/command.h"

namespace p5::cli {

// "RUN", "nano|tiny|small|base": what stands for the value, the choices themselves where they are short. Empty: none.
std::string value_text(const Flag& flag);
// "-c, --config FILE", "--header, --no-header", "RUN": what is typed.
std::string head_text(const Flag& flag);
// What it does, with the choices where `value_text` does not show them.
std::string meaning_text(const Flag& flag);

// Exit codes and environment variables of the program, each with its meaning.
using Meanings = std::span<const std::pair<const char*, const char*>>;
Meanings exit_codes();
Meanings environment_variables();

}  // namespace p5::cli
