#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/json_field.h"
#include "cli/answer_table.h"
#include "cli/run_arguments.h"
#include "cli/verbs.h"
#include "p5/recommender.h"
#include "recommend/answer_json.h"

namespace p5::cli {
namespace {

class PromptVerb final : public Verb {
 public:
  std::string name() const override { return "prompt"; }
  std::string summary() const override {
    return "the run's answer to a prompt in your own words; items by key, by 'title' or as item_N";
  }
  std::string examples() const override {
    return "  p5 prompt runs/movies \"What comes after 'Toy Story' and 'Heat (1995)'?\"\n"
           "  p5 prompt runs/beauty \"Ann has bought B004756YJA B004ZT0SSG . What comes next?\"\n"
           "  p5 prompt runs/beauty \"What comes after item_1017?\" --json\n";
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
    if (shared_.json) return fmt::print("{}\n", pretty_json(to_json(answer))), 0;
    if (answer.choices.empty()) return fmt::print("{}\n", shown(answer.text)), 0;
    fmt::print("{}", choice_table(answer.choices, output_width()));
    return 0;
  }

 private:
  RunArguments shared_;
  std::string prompt_;
};

}  // namespace

std::unique_ptr<Verb> make_prompt_verb() { return std::make_unique<PromptVerb>(); }

}  // namespace p5::cli
