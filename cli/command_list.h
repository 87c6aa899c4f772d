// All commands of the program, in the groups of the help page.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cli/command.h"

namespace p5::cli {

class CommandList {
 public:
  struct Group {
    std::string title;
    std::vector<std::unique_ptr<Command>> commands;
  };
  // What the first words name: a command of one or two words, or a family of commands ("prompts") without one of them.
  struct Named {
    Command* command = nullptr;
    std::size_t words = 0;  // of its name
    std::vector<const Command*> family = {};
  };

  // The commands set `global`, which outlives this.
  explicit CommandList(GlobalOptions& global);

  const std::vector<Group>& groups() const { return groups_; }
  std::vector<Command*> all() const;
  std::vector<const Command*> family(const std::string& first_word) const;
  // `words` is not empty. Throws a usage error that names the nearest verb.
  Named named_by(std::span<const std::string> words) const;

 private:
  VerbList verbs_;
  std::vector<Group> groups_;
};

}  // namespace p5::cli
