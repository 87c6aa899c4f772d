#include "cli/command_list.h"

#include <utility>

#include "base/did_you_mean.h"
#include "p5/error.h"

namespace p5::cli {

CommandList::CommandList(GlobalOptions& global) : verbs_(all_verbs()) {
  for (const VerbList::Group& group : verbs_.groups()) {
    Group made{.title = group.title, .commands = {}};
    for (const auto& verb : group.verbs) made.commands.push_back(std::make_unique<Command>(*verb, global));
    groups_.push_back(std::move(made));
  }
}

std::vector<Command*> CommandList::all() const {
  std::vector<Command*> commands;
  for (const Group& group : groups_) {
    for (const auto& command : group.commands) commands.push_back(command.get());
  }
  return commands;
}

std::vector<const Command*> CommandList::family(const std::string& first_word) const {
  std::vector<const Command*> found;
  for (const Command* command : all()) {
    if (command->name().starts_with(first_word + " ")) found.push_back(command);
  }
  return found;
}

CommandList::Named CommandList::named_by(std::span<const std::string> words) const {
  const std::string& first = words.front();
  const auto known_family = family(first);
  const bool alone = words.size() == 1 || words[1].starts_with('-');
  if (!known_family.empty() && alone) return {.family = known_family};
  const std::string name = known_family.empty() ? first : first + " " + words[1];
  std::vector<std::string> names;
  for (Command* command : all()) {
    if (command->name() == name) return {.command = command, .words = known_family.empty() ? 1U : 2U};
    names.push_back(command->name());
    if (const auto space = command->name().find(' '); space != std::string::npos && known_family.empty()) {
      names.back().resize(space);
    }
  }
  if (known_family.empty()) names.emplace_back("help");
  throw usage_error("unknown verb '" + name + "'" + did_you_mean(name, names));
}

}  // namespace p5::cli
