#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/json_field.h"
#include "base/terminal_text.h"
#include "cli/verbs.h"
#include "pipeline/starter_project.h"

namespace p5::cli {
namespace {

class InitVerb final : public Verb {
 public:
  std::string name() const override { return "init"; }
  std::string summary() const override {
    return "start a project: configuration files with explanations, next commands";
  }
  std::string examples() const override { return "  p5 init shop\n  p5 init\n"; }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kPositional,
             .name = "folder",
             .help = "where (default: this folder); files that are there already are never replaced",
             .text = &folder_,
             .value = "FOLDER"},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }

  int run() override {
    const StarterProject project = write_starter_project(folder_);
    if (json_) {
      fmt::print("{}\n", pretty_json(nlohmann::ordered_json{{"folder", folder_}, {"files", project.files}}));
      return 0;
    }
    for (const std::string& file : project.files) {
      fmt::print("wrote  {}\n", terminal_text((project.folder / file).string()));
    }
    const std::string go = folder_ == "." ? "" : "cd " + terminal_text(folder_) + " && ";
    fmt::print("next   put your files into {}, then: {}p5 import data/ --config import.toml --out corpus\n",
               terminal_text((project.folder / "data").string()), go);
    return 0;
  }

 private:
  std::string folder_ = ".";
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_init_verb() { return std::make_unique<InitVerb>(); }

}  // namespace p5::cli
