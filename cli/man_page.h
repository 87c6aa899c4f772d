// Manual pages (man 7) of the program and of its verbs, made from the same tables as its help. Thread-safe: free
// functions.
#pragma once

#include <string>
#include <vector>

#include "cli/command_list.h"

namespace p5::cli {

struct ManPage {
  std::string file;  // "p5-train.1"
  std::string text;  // roff
};

ManPage program_man_page(const CommandList& commands);                          // p5.1
ManPage command_man_page(const Command& command, const CommandList& commands);  // p5-prompts-list.1
std::vector<ManPage> all_man_pages(const CommandList& commands);

}  // namespace p5::cli
