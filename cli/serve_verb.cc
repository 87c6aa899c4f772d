#include <map>

#include "cli/serving.h"
#include "cli/verbs.h"
#include "p5/error.h"

namespace p5::cli {
namespace {

class ServeVerb final : public Verb {
 public:
  ServeVerb() { options_.bind(table_); }
  std::string name() const override { return "serve"; }
  std::string summary() const override { return "answer over HTTP, with a console for the browser"; }
  std::string examples() const override {
    return "  p5 serve runs/demo\n"
           "  p5 serve runs/demo --port 9000 --feedback sqlite:feedback.db\n"
           "  p5 serve runs/demo --feedback sqlite:feedback.db --bandits bandits --set serve.alarms=alarms.toml\n"
           "  p5 serve runs/shop --model films=runs/films --workers 4 --set serve.max_delay_ms=2\n"
           "  curl -d '{\"user\": \"U0000007\", \"k\": 5}' http://127.0.0.1:8080/api/v1/recommend\n";
  }
  std::vector<Argument> arguments() override {
    return {
        {.kind = Argument::Kind::kPositional,
         .name = "run",
         .help = "run folder that answers where no model is named",
         .required = true,
         .text = &run_},
        {.kind = Argument::Kind::kRepeated,
         .name = "model",
         .help = "NAME=RUN: serve a further run under a name; may be repeated",
         .texts = &models_},
        {.kind = Argument::Kind::kText,
         .name = "corpus",
         .help = "corpus to use instead of the run's",
         .text = &model_options_.corpus},
        {.kind = Argument::Kind::kText, .name = "device", .help = "auto, cpu, cuda", .text = &model_options_.device},
        {.kind = Argument::Kind::kInteger,
         .name = "threads",
         .help = "CPU threads of each worker (default 1)",
         .integer = &model_options_.threads}};
  }
  OptionTable* options() override { return &table_; }

  int run() override { return serve_until_stopped(options_, named_runs(), kDefaultName, model_options_); }

 private:
  static constexpr const char* kDefaultName = "default";

  std::map<std::string, std::string> named_runs() const {
    std::map<std::string, std::string> runs{{kDefaultName, run_}};
    for (const std::string& model : models_) {
      const auto equals = model.find('=');
      if (equals == std::string::npos || equals == 0 || equals + 1 == model.size()) {
        throw usage_error("bad model", {.where = "request.model", .expected = "NAME=RUN", .got = "'" + model + "'"});
      }
      if (!runs.emplace(model.substr(0, equals), model.substr(equals + 1)).second) {
        throw usage_error(
            "a name is given twice",
            {.where = "request.model", .expected = "different names", .got = "'" + model.substr(0, equals) + "'"});
      }
    }
    return runs;
  }

  std::string run_;
  std::vector<std::string> models_;
  ServedModelOptions model_options_;
  ServeOptions options_;
  OptionTable table_;
};

}  // namespace

std::unique_ptr<Verb> make_serve_verb() { return std::make_unique<ServeVerb>(); }

}  // namespace p5::cli
