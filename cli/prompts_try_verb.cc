#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/json_field.h"
#include "base/text_width.h"
#include "cli/answer_table.h"
#include "cli/filter_arguments.h"
#include "cli/request_notes.h"
#include "cli/run_arguments.h"
#include "cli/verbs.h"
#include "p5/recommender.h"
#include "recommend/answer_json.h"

namespace p5::cli {
namespace {

class PromptsTryVerb final : public Verb {
 public:
  std::string name() const override { return "prompts try"; }
  std::string summary() const override { return "fill one prompt of a run and answer it"; }
  std::string examples() const override {
    return "  p5 prompts try runs/instruments 1-10 --user A2IBPI20UZIR0U --item B0002E1G5C\n"
           "  p5 prompts try runs/instruments 2-13 --user A2IBPI20UZIR0U --json\n"
           "  p5 prompts try runs/instruments 3-12 --user A2IBPI20UZIR0U --item B0002E1G5C --feature tone\n";
  }
  std::vector<Argument> arguments() override {
    const auto text = [](std::string name, std::string help, std::string* value) {
      return Argument{.kind = Argument::Kind::kText, .name = std::move(name), .help = std::move(help), .text = value};
    };
    return shared_.around(
        {{.kind = Argument::Kind::kPositional,
          .name = "id",
          .help = "prompt id (p5 prompts list)",
          .required = true,
          .text = &request_.prompt_id},
         text("user", "a user of the corpus; a new user when not given", &request_.user),
         text("history", "in place of a user: item keys, oldest first, separated by commas", &history_),
         text("item", "an item of the corpus: the subject of the question, or the true answer", &request_.item),
         text("feature", "feature to use instead of the one in the user's review", &request_.feature)});
  }

  int run() override {
    request_.history = split_list(history_);
    const PromptAnswer answer = Recommender::open(shared_.run, shared_.options).try_prompt(request_);
    warn_of_skipped(answer.skipped);
    if (shared_.json) return fmt::print("{}\n", pretty_json(to_json(answer))), 0;
    fmt::print("prompt  {}\nsource  {}\n", answer.prompt_id, shown(answer.source));
    show_items(answer.mentioned);
    fmt::print("target  {}\n", answer.target.empty() ? "(not known)" : shown(answer.target));
    fmt::print("answer  {}\n{}", shown(answer.text), choice_table(answer.choices, output_width()));
    return 0;
  }

 private:
  // What the names of the source stand for, where the corpus has titles.
  static void show_items(const std::vector<ItemName>& mentioned) {
    constexpr std::size_t kShown = 10;
    const std::size_t width = output_width();
    for (std::size_t i = 0; i < mentioned.size() && i < kShown; ++i) {
      const ItemName& item = mentioned[i];
      const std::string line = fmt::format("{}  {} is {}{}", i == 0 ? "items " : "      ", item.name, shown(item.item),
                                           item.title.empty() ? "" : ", " + shown(item.title));
      fmt::print("{}\n", width > 0 ? cut_to_width(line, width) : line);
    }
    if (mentioned.size() > kShown) fmt::print("        and {} more\n", mentioned.size() - kShown);
  }

  RunArguments shared_;
  TryRequest request_;
  std::string history_;
};

}  // namespace

std::unique_ptr<Verb> make_prompts_try_verb() { return std::make_unique<PromptsTryVerb>(); }

}  // namespace p5::cli
