#include <fmt/format.h>

#include "base/interrupt.h"
#include "base/terminal_text.h"
#include "cli/verbs.h"
#include "p5/pipeline.h"
#include "pipeline/run_config.h"
#include "pipeline/settings.h"

namespace p5::cli {
namespace {

class ForgetVerb final : public Verb {
 public:
  ForgetVerb() { asked_.bind(table_); }
  std::string name() const override { return "forget"; }
  std::string summary() const override {
    return "remove users from corpus, feedback and a run, and test what it remembers";
  }
  std::string examples() const override {
    return "  p5 forget A2IBPI20UZIR0U --run runs/shop --feedback sqlite:feedback.db\n"
           "  p5 forget 196 186 --run runs/films --method unlearn --set train.max_steps=100\n"
           "  p5 forget 196 --run runs/films --method none --json\n";
  }
  std::vector<Argument> arguments() override {
    return {
        {.kind = Argument::Kind::kPositionals,
         .name = "user",
         .help = "keys of users",
         .required = true,
         .texts = &users_},
        {.kind = Argument::Kind::kText, .name = "run", .help = "run folder", .required = true, .text = &run_},
        {.kind = Argument::Kind::kText,
         .name = "corpus",
         .help = "the run's corpus, which is written anew without them; where it was in training, if none is given",
         .text = &corpus_},
        {.kind = Argument::Kind::kText,
         .name = "feedback",
         .help = "store of feedback to delete their events from: sqlite:FILE or postgresql://...",
         .text = &feedback_},
        {.kind = Argument::Kind::kText,
         .name = "method",
         .help = "retrain: train the run anew; unlearn: an adapter makes their events unlikely, without a guarantee; "
                 "none: data only (retrain)",
         .text = &method_},
        {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  OptionTable* options() override { return &table_; }

  int run() override {
    const StageReport report = forget({.users = users_,
                                       .run = run_,
                                       .corpus = corpus_,
                                       .feedback = feedback_,
                                       .method = method_,
                                       .settings = settings_of(table_),
                                       .stop = interrupt_token()});
    fmt::print("{}\n", json_ ? report.json : terminal_lines(report.text));
    return 0;
  }

 private:
  RunConfig asked_;
  OptionTable table_;
  std::vector<std::string> users_;
  std::string run_, corpus_, feedback_, method_ = "retrain";
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_forget_verb() { return std::make_unique<ForgetVerb>(); }

}  // namespace p5::cli
