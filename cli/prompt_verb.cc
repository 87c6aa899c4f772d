#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/json_field.h"
#include "base/terminal_text.h"
#include "cli/run_arguments.h"
#include "cli/verbs.h"
#include "p5/recommender.h"
#include "recommend/answer_json.h"

namespace p5::cli {
namespace {

class PromptVerb final : public Verb {
 public:
  std::string name() const override { return "prompt"; }
  std::string summary() const override { return "the run's answer to a prompt in free text"; }
  std::string examples() const override {
    return "  p5 prompt runs/beauty \"user_12 has bought item_4 , item_9 . What comes next?\"\n";
  }
  std::vector<Argument> arguments() override {
    return shared_.around({{.kind = Argument::Kind::kPositional,
                            .name = "text",
                            .help = "the prompt",
                            .required = true,
                            .text = &prompt_}});
  }

  int run() override {
    const PromptAnswer answer = Recommender::open(shared_.run, shared_.options).answer(prompt_);
    fmt::print("{}\n", shared_.json ? pretty_json(to_json(answer)) : terminal_text(answer.text));
    return 0;
  }

 private:
  RunArguments shared_;
  std::string prompt_;
};

}  // namespace

std::unique_ptr<Verb> make_prompt_verb() { return std::make_unique<PromptVerb>(); }

}  // namespace p5::cli
