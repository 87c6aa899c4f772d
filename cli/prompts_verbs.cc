#include <fmt/format.h>
#include <unistd.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "base/json_field.h"
#include "base/terminal_text.h"
#include "base/text_layout.h"
#include "cli/verbs.h"
#include "prompt/prompt_library.h"
#include "prompt/prompt_places.h"
#include "prompt/prompt_table.h"

namespace p5::cli {
namespace {

// The base of the three verbs: it knows where the prompts come from.
class PromptsVerb : public Verb {
 public:
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kTexts,
             .name = "prompts",
             .help = "folders or files to use in addition to the prompts that come with p5",
             .texts = &more_},
            {.kind = Argument::Kind::kTexts,
             .name = "only-prompts",
             .help = "folders or files to use in place of the prompts that come with p5",
             .texts = &only_},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "JSON on stdout", .given = &json_}};
  }

 protected:
  PromptLibrary library() const { return PromptLibrary::load(prompt_places(only_, more_)); }
  bool json() const { return json_; }

 private:
  std::vector<std::string> more_, only_;
  bool json_ = false;
};

class PromptsListVerb final : public PromptsVerb {
 public:
  std::string name() const override { return "prompts list"; }
  std::string summary() const override { return "all prompts, one per line"; }
  std::string examples() const override { return "  p5 prompts list\n  p5 prompts list --json\n"; }

  int run() override {
    const PromptLibrary prompts = library();
    if (!json()) return fmt::print("{}", terminal_lines(prompt_table(prompts.all(), width()))), 0;
    nlohmann::json list = nlohmann::json::array();
    for (const PromptTemplate& prompt : prompts.all()) list.push_back(to_json(prompt));
    fmt::print("{}\n", pretty_json(list));
    return 0;
  }

 private:
  // A program that reads the table gets whole lines.
  static std::size_t width() {
    return ::isatty(STDOUT_FILENO) != 0 ? terminal_width(STDOUT_FILENO) : std::numeric_limits<std::size_t>::max();
  }
};

class PromptsShowVerb final : public PromptsVerb {
 public:
  std::string name() const override { return "prompts show"; }
  std::string summary() const override { return "one prompt with all its fields"; }
  std::string examples() const override { return "  p5 prompts show 2-3\n"; }
  std::vector<Argument> arguments() override {
    auto list = PromptsVerb::arguments();
    list.insert(
        list.begin(),
        {.kind = Argument::Kind::kPositional, .name = "id", .help = "prompt id", .required = true, .text = &id_});
    return list;
  }

  int run() override {
    const nlohmann::json prompt = to_json(library().at(id_));
    if (json()) return fmt::print("{}\n", pretty_json(prompt)), 0;
    for (const auto& [key, value] : prompt.items()) {
      fmt::print("{:<9} {}\n", key, terminal_text(value.is_string() ? value.get<std::string>() : value.dump()));
    }
    return 0;
  }

 private:
  std::string id_;
};

class PromptsCheckVerb final : public PromptsVerb {
 public:
  std::string name() const override { return "prompts check"; }
  std::string summary() const override { return "read prompt files and report errors in them"; }
  std::string examples() const override { return "  p5 prompts check --prompts my_prompts/\n"; }

  int run() override {
    const std::size_t count = library().all().size();
    if (json()) {
      fmt::print("{}\n", nlohmann::json{{"prompts", count}, {"ok", true}}.dump());
    } else {
      fmt::print("{}, {}well formed\n", counted(count, "prompt"), count == 1 ? "" : "all ");
    }
    return 0;
  }
};

}  // namespace

std::unique_ptr<Verb> make_prompts_list_verb() { return std::make_unique<PromptsListVerb>(); }
std::unique_ptr<Verb> make_prompts_show_verb() { return std::make_unique<PromptsShowVerb>(); }
std::unique_ptr<Verb> make_prompts_check_verb() { return std::make_unique<PromptsCheckVerb>(); }

}  // namespace p5::cli
