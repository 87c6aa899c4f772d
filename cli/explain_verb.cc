#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/json_field.h"
#include "cli/answer_table.h"
#include "cli/filter_arguments.h"
#include "cli/request_notes.h"
#include "cli/run_arguments.h"
#include "cli/verbs.h"
#include "p5/recommender.h"
#include "recommend/answer_json.h"

namespace p5::cli {
namespace {

class ExplainVerb final : public Verb {
 public:
  std::string name() const override { return "explain"; }
  std::string summary() const override { return "why a user would like an item: what a customer wrote about it"; }
  std::string examples() const override {
    return "  p5 explain runs/instruments --user A2IBPI20UZIR0U --item B0002E1G5C\n"
           "  p5 explain runs/instruments --user A2IBPI20UZIR0U --item B0002E1G5C --feature price --json\n"
           "  p5 explain runs/instruments --user A2IBPI20UZIR0U --item B0002E1G5C --generate\n";
  }
  std::vector<Argument> arguments() override {
    const auto text = [](std::string name, std::string help, bool required, std::string* value) {
      return Argument{.kind = Argument::Kind::kText,
                      .name = std::move(name),
                      .help = std::move(help),
                      .required = required,
                      .text = value};
    };
    return shared_.around(
        {text("user", "a user of the corpus", false, &request_.user),
         text("history", "in place of a user: item keys, oldest first, separated by commas", false, &history_),
         text("item", "an item of the corpus", true, &request_.item),
         text("feature", "feature to explain, such as sound", false, &request_.feature),
         text("prompt", "prompt id, such as 3-1, that asks the model", false, &request_.prompt_id),
         {.kind = Argument::Kind::kSwitch,
          .name = "generate",
          .help = "the model writes the sentence, whatever customers wrote",
          .given = &request_.generate},
         {.kind = Argument::Kind::kSwitch, .name = "strict", .help = kStrictHelp, .given = &request_.strict}});
  }

  int run() override {
    request_.history = split_list(history_);
    const PromptAnswer answer = Recommender::open(shared_.run, shared_.options).explain(request_);
    warn_of_skipped(answer.skipped);
    if (shared_.json) {
      fmt::print("{}\n", pretty_json(to_json(request_, answer)));
    } else {
      const std::string note = origin_note(answer.origin);
      fmt::print("{}{}\n", shown(answer.text), note.empty() ? "" : " " + note);
    }
    return 0;
  }

 private:
  RunArguments shared_;
  ExplainRequest request_;
  std::string history_;
};

}  // namespace

std::unique_ptr<Verb> make_explain_verb() { return std::make_unique<ExplainVerb>(); }

}  // namespace p5::cli
