#include <fmt/format.h>

#include "base/interrupt.h"
#include "base/terminal_text.h"
#include "cli/verbs.h"
#include "p5/pipeline.h"
#include "pipeline/compress_options.h"
#include "pipeline/run_config.h"
#include "pipeline/settings.h"

namespace p5::cli {
namespace {

class CompressVerb final : public Verb {
 public:
  CompressVerb() {
    asked_.bind(table_);
    options_.bind(table_);
  }
  std::string name() const override { return "compress"; }
  std::string summary() const override { return "make a run smaller and faster, and measure what that costs"; }
  std::string examples() const override {
    return "  p5 compress runs/beauty --int8 --out runs/beauty-int8\n"
           "  p5 compress runs/beauty --prune --int8 --set compress.heads=2 --out runs/beauty-small\n"
           "  p5 compress runs/beauty --distil --int8 --set model.d_model=128 --minutes 5 --out runs/student\n";
  }
  std::vector<Argument> arguments() override {
    const auto way = [](const char* name, const char* help, bool* given) {
      return Argument{.kind = Argument::Kind::kSwitch, .name = name, .help = help, .given = given};
    };
    return {
        {.kind = Argument::Kind::kPositional, .name = "run", .help = "run folder", .required = true, .text = &run_},
        {.kind = Argument::Kind::kText,
         .name = "out",
         .help = "folder of the smaller run",
         .required = true,
         .text = &out_},
        way("int8", "store and multiply weights as 8-bit integers", &request_.int8),
        way("prune", "take out the attention heads that matter least (compress.heads)", &request_.prune),
        way("distil", "train a smaller model on what the run answers (model.*, distil.*, --minutes)", &request_.distil),
        way("force", "replace a run in --out", &request_.force),
        way("json", "one JSON object on stdout", &json_)};
  }
  OptionTable* options() override { return &table_; }
  // Data, words and ids are those of the run.
  bool offers(const OptionRow& row) const override {
    return row.scope != OptionScope::kData && !row.key.starts_with("index.") && !row.key.starts_with("text.");
  }

  int run() override {
    request_.run = run_;
    request_.out = out_;
    request_.settings = settings_of(table_);
    request_.stop = interrupt_token();
    const StageReport report = compress(request_);
    fmt::print("{}\n", json_ ? report.json : terminal_lines(report.text));
    return 0;
  }

 private:
  RunConfig asked_;
  CompressOptions options_;
  OptionTable table_;
  CompressRequest request_;
  std::string run_, out_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_compress_verb() { return std::make_unique<CompressVerb>(); }

}  // namespace p5::cli
