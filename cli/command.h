// A verb as the command line sees it: its flags from its arguments, its option table and the options of every verb, in
// one list that the parser, the help pages and the shell completions read. A command points into its verb.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/global_options.h"
#include "cli/verb.h"

namespace p5::cli {

struct Flag {
  enum class Section { kArguments, kOptions, kSettings, kGlobal };
  enum class Takes { kNothing, kOne, kOneEachTime, kAllThatFollow };
  Section section = Section::kArguments;
  std::vector<std::string> names;  // "-c", "--config"; of a positional argument its bare name
  std::string off = {};            // "--no-header", which gives the value false
  std::string help = {};
  std::string value = {};                 // "NUMBER"; empty for switches
  std::vector<std::string> choices = {};  // the values, where there are few
  Takes takes = Takes::kNothing;
  bool positional = false, required = false;
  bool shown = true;  // in help and completion
  std::string instead_of_repeating = {};
  // Called for each value in the order of the command line; "true" or "false" for switches. `name`: as it was written.
  std::function<void(const std::string& name, const std::string& value)> set = {};
};

// The user's values for the option table, applied after parsing in the order of precedence.
struct PendingOptions {
  std::vector<std::string> config_files;
  std::vector<std::string> assignments;
  std::vector<std::pair<std::string, std::string>> flags;  // key, value

  void apply(OptionTable& table) const;
};

class Command {
 public:
  // Both outlive the command.
  Command(Verb& verb, GlobalOptions& global);
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  Verb& verb() const { return *verb_; }
  const std::string& name() const { return name_; }  // "prompts list"
  const std::vector<Flag>& flags() const { return flags_; }
  // The flag of a name as written ("--epochs"), also of its `off` name; null: there is none.
  const Flag* find(const std::string& name) const;
  // Sets the option table and runs the verb; messages about request fields name flags.
  int run();

 private:
  void add(const Argument& argument);
  void add_options(const OptionTable& table);

  Verb* verb_;
  std::string name_;
  std::vector<Flag> flags_;
  PendingOptions pending_;
};

// Flags that every command takes, also before the verb.
std::vector<Flag> global_flags(GlobalOptions& global);

}  // namespace p5::cli
