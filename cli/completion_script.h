// Scripts that complete p5's command lines in a shell, made from the same tables as its help. Thread-safe: free
// functions.
#pragma once

#include <string>
#include <vector>

#include "cli/command_list.h"

namespace p5::cli {

std::string bash_completion(const CommandList& commands);
std::string zsh_completion(const CommandList& commands);
std::string fish_completion(const CommandList& commands);

// What a value may be, for all shells.
struct ValueChoice {
  enum class Kind { kAnything, kWords, kFile, kFolder };
  Kind kind = Kind::kAnything;
  std::vector<std::string> words = {};
};
ValueChoice value_choice(const Command& command, const Flag& flag, const CommandList& commands);

// The first words of command lines, with what they do; families once.
struct FirstWord {
  std::string word, summary;
};
std::vector<FirstWord> first_words(const CommandList& commands);
// Those that begin command lines of two words ("prompts").
std::vector<std::string> families(const CommandList& commands);

}  // namespace p5::cli
