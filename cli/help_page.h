// The help of the program, of its verbs and of a few topics, wrapped to `width` columns. Thread-safe: free functions.
#pragma once

#include <string>
#include <vector>

#include "cli/command_list.h"

namespace p5::cli {

// `p5 --help`: first steps, and the verbs in their groups, those of a family ("prompts list") as one line.
std::string overview_page(const CommandList& commands, std::size_t width);
// `p5 prompts --help`: the verbs of a family.
std::string family_page(const std::string& first_word, const std::vector<const Command*>& commands, std::size_t width);
// `p5 train --help`.
std::string command_page(const Command& command, std::size_t width);

// `p5 help logging`: the options of every verb, exit codes, environment.
inline constexpr const char* kLoggingTopic = "logging";
std::string logging_page(std::size_t width);

}  // namespace p5::cli
