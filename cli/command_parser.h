// The words after a verb: flags with their values, and positional arguments.
#pragma once

#include <span>
#include <string>

#include "cli/command.h"

namespace p5::cli {

enum class Parsed { kComplete, kHelpAsked };

// Sets what the words say. --flag=value, -k5, --no-flag and -- (only positional arguments follow) are understood.
// Throws a usage error, one sentence, for an unknown flag, a value that is missing or too many, and a missing argument.
Parsed parse_words(const Command& command, std::span<const std::string> words);

}  // namespace p5::cli
