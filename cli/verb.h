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
  std::string name;  // "corpus", "out"
  std::string help;
  bool required = false;
  std::string* text = nullptr;
  std::vector<std::string>* texts = nullptr;
  std::int64_t* integer = nullptr;
  bool* given = nullptr;                  // for switches; for texts: whether there is one, which may be empty
  std::string value = {};                 // what help calls the value; empty: what value_name() says
  std::vector<std::string> also = {};     // other names of the flag
  std::vector<std::string> choices = {};  // of the value; empty: any
  std::string instead_of_repeating = {};  // what to do about many values, for the message: "for many users see --users"
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
  // Whether help offers an option of the table. Others are there to be refused with a reason.
  virtual bool offers(const OptionRow&) const { return true; }
  // Returns the exit code; throws p5::Error. Results go to stdout.
  virtual int run() = 0;
};

// The verbs in the order of the help page, each under the heading of its group.
class VerbList {
 public:
  struct Group {
    std::string title;
    std::vector<std::unique_ptr<Verb>> verbs;
  };
  void begin_group(std::string title) { groups_.push_back({.title = std::move(title), .verbs = {}}); }
  void push_back(std::unique_ptr<Verb> verb) { groups_.back().verbs.push_back(std::move(verb)); }
  const std::vector<Group>& groups() const { return groups_; }

 private:
  std::vector<Group> groups_;
};

// The explicit list of all verbs.
VerbList all_verbs();
// What the verbs have in common whose first word this is ("prompts"); empty: they are none of several.
std::string summary_of_family(const std::string& first_word);

// Parses, sets the global options and runs. Returns the exit code; never throws.
int run_command_line(int argc, const char* const* argv);

}  // namespace p5::cli
