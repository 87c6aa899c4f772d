#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/verbs.h"
#include "p5/recommender.h"

namespace p5::cli {
namespace {

class PromptVerb final : public Verb {
 public:
  std::string name() const override { return "prompt"; }
  std::string summary() const override { return "ask a run anything, in its own words"; }
  std::string examples() const override {
    return "  p5 prompt runs/beauty \"user_12 has bought item_4 , item_9 . What comes next?\"\n";
  }
  std::vector<Argument> arguments() override {
    return {
        {.kind = Argument::Kind::kPositional, .name = "run", .help = "run folder", .required = true, .text = &run_},
        {.kind = Argument::Kind::kPositional, .name = "text", .help = "the prompt", .required = true, .text = &prompt_},
        {.kind = Argument::Kind::kText,
         .name = "corpus",
         .help = "another corpus than the run's own",
         .text = &options_.corpus},
        {.kind = Argument::Kind::kText, .name = "device", .help = "auto, cpu, cuda", .text = &options_.device},
        {.kind = Argument::Kind::kInteger,
         .name = "threads",
         .help = "CPU threads, 0 = all",
         .integer = &options_.threads},
        {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }

  int run() override {
    const PromptAnswer answer = Recommender::open(run_, options_).answer(prompt_);
    if (json_) {
      const nlohmann::json object{{"source", answer.source}, {"answer", answer.text}};
      fmt::print("{}\n", object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    } else {
      fmt::print("{}\n", answer.text);
    }
    return 0;
  }

 private:
  RecommenderOptions options_;
  std::string run_, prompt_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_prompt_verb() { return std::make_unique<PromptVerb>(); }

}  // namespace p5::cli
