#include "p5/version.h"

#include <fmt/format.h>

#include "cli/verbs.h"

namespace p5::cli {
namespace {

class VersionVerb final : public Verb {
 public:
  std::string name() const override { return "version"; }
  std::string summary() const override { return "the version of the program"; }
  std::string examples() const override { return "  p5 version --json\n"; }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }

  int run() override {
    fmt::print(fmt::runtime(json_ ? "{{\"version\": \"{}\"}}\n" : "p5 {}\n"), kVersion);
    return 0;
  }

 private:
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_version_verb() { return std::make_unique<VersionVerb>(); }

}  // namespace p5::cli
