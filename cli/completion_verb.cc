#include <fmt/format.h>

#include "cli/completion_script.h"
#include "cli/verbs.h"

namespace p5::cli {
namespace {

class CompletionVerb final : public Verb {
 public:
  std::string name() const override { return "completion"; }
  std::string summary() const override { return "print a script that completes p5's command lines in a shell"; }
  std::string examples() const override {
    return "  source <(p5 completion bash)\n"
           "  p5 completion zsh > ~/.zsh/completions/_p5\n"
           "  p5 completion fish > ~/.config/fish/completions/p5.fish\n";
  }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kPositional,
             .name = "shell",
             .help = "bash, zsh or fish",
             .required = true,
             .text = &shell_,
             .choices = {"bash", "zsh", "fish"}}};
  }

  int run() override {
    GlobalOptions unused;
    const CommandList commands(unused);
    const auto script = shell_ == "bash" ? bash_completion : shell_ == "zsh" ? zsh_completion : fish_completion;
    fmt::print("{}", script(commands));
    return 0;
  }

 private:
  std::string shell_;
};

}  // namespace

std::unique_ptr<Verb> make_completion_verb() { return std::make_unique<CompletionVerb>(); }

}  // namespace p5::cli
