#include <fmt/format.h>

#include <filesystem>

#include "base/file.h"
#include "cli/man_page.h"
#include "cli/verbs.h"
#include "p5/error.h"

namespace p5::cli {
namespace {

class ManVerb final : public Verb {
 public:
  std::string name() const override { return "man"; }
  std::string summary() const override { return "print the manual page of the program or of a verb"; }
  std::string examples() const override {
    return "  p5 man train | man -l -\n  p5 man prompts list\n  p5 man --out ~/.local/share/man/man1\n";
  }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kPositionals,
             .name = "verb",
             .help = "a verb; without one, the program",
             .texts = &verb_,
             .value = "VERB"},
            {.kind = Argument::Kind::kText,
             .name = "out",
             .help = "write p5.1 and the pages of all verbs into this folder",
             .text = &out_}};
  }

  int run() override {
    GlobalOptions unused;
    const CommandList commands(unused);
    if (!out_.empty()) {
      if (!verb_.empty())
        throw usage_error("--out writes the pages of all verbs", {.got = "the verb " + verb_.front()});
      write_all(commands);
      return 0;
    }
    if (verb_.empty()) {
      fmt::print("{}", program_man_page(commands).text);
      return 0;
    }
    const CommandList::Named named = commands.named_by(verb_);
    if (named.command == nullptr) {
      throw usage_error("a verb of two words",
                        {.expected = "p5 man " + named.family.front()->name(), .got = verb_.front()});
    }
    fmt::print("{}", command_man_page(*named.command, commands).text);
    return 0;
  }

 private:
  void write_all(const CommandList& commands) const {
    std::filesystem::create_directories(out_);
    for (const ManPage& page : all_man_pages(commands)) {
      write_file_atomically(std::filesystem::path(out_) / page.file, page.text);
    }
  }

  std::vector<std::string> verb_;
  std::string out_;
};

}  // namespace

std::unique_ptr<Verb> make_man_verb() { return std::make_unique<ManVerb>(); }

}  // namespace p5::cli
