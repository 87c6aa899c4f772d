// The interface of every verb of the program: a name, a help page, options from option tables, and run().
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/option_table.h"

namespace p5::cli {

// A positional argument or a flag of one verb that is not a configuration option: inputs, outputs, switches.
struct Argument {
  // kTexts takes all values that follow; kRepeated takes one value each time it occurs.
  enum class Kind { kPositional, kPositionals, kText, kTexts, kRepeated, kInteger, kSwitch };
  Kind kind = Kind::kText;
  std::string name;       // "corpus", "out"
  std::string also = {};  // other flags for the same, "--k,--top"
  std::string help;
  bool required = false;
  std::string* text = nullptr;
  std::vector<std::string>* texts = nullptr;
  std::int64_t* integer = nullptr;
  bool* given = nullptr;  // for switches; for texts: whether there is one, which may be empty
};

class Verb {
 public:
  virtual ~Verb() = default;
  virtual std::string name() const = 0;      // "recommend"; two words for sub-verbs ("prompts list")
  virtual std::string summary() const = 0;   // one line
  virtual std::string examples() const = 0;  // shown under --help
  virtual std::vector<Argument> arguments() { return {}; }
  // Options that can come from flags, --set, --config and the environment. Null: the verb has none.
  virtual OptionTable* options() { return nullptr; }
  // Returns the exit code; throws p5::Error. Results go to stdout.
  virtual int run() = 0;
};

// The explicit list of all verbs, in the order of the help page.
std::vector<std::unique_ptr<Verb>> all_verbs();

// Parses, sets the global options and runs. Returns the exit code; never throws.
int run_command_line(int argc, const char* const* argv);

}  // namespace p5::cli
