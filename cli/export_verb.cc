#include <fmt/format.h>

#include "base/interrupt.h"
#include "base/terminal_text.h"
#include "cli/verbs.h"
#include "export/export_stage.h"
#include "p5/error.h"

namespace p5::cli {
namespace {

class ExportVerb final : public Verb {
 public:
  std::string name() const override { return "export"; }
  std::string summary() const override {
    return "write a run or a corpus for other programs: ONNX, Hugging Face, RecBole";
  }
  std::string examples() const override {
    return "  p5 export runs/beauty beauty-onnx --to onnx --user A1YJEY40YUW4SE\n"
           "  p5 export runs/beauty sasrec-onnx --to onnx --source sasrec\n"
           "  p5 export runs/beauty repository --to onnx --triton\n"
           "  p5 export runs/beauty beauty-t5 --to hf\n"
           "  p5 export beauty recbole/beauty --to recbole\n";
  }
  std::vector<Argument> arguments() override {
    std::vector<std::string> formats;
    std::string help = "the format";
    for (const ExportFormat& format : export_formats()) {
      formats.emplace_back(format.name);
      help += fmt::format("{} {}: {}", formats.size() == 1 ? ";" : ",", format.name, format.summary);
    }
    return {{.kind = Argument::Kind::kPositional,
             .name = "run",
             .help = "run folder; with --to recbole also a corpus folder",
             .required = true,
             .text = &request_.from},
            {.kind = Argument::Kind::kPositional,
             .name = "out",
             .help = "folder to write",
             .required = true,
             .text = &request_.out},
            {.kind = Argument::Kind::kText,
             .name = "to",
             .help = help,
             .required = true,
             .text = &request_.to,
             .choices = formats},
            {.kind = Argument::Kind::kText,
             .name = "source",
             .help = "what to write: p5 (default), or a sequence encoder of the run, such as encoder or sasrec",
             .text = &request_.source},
            {.kind = Argument::Kind::kRepeated,
             .name = "user",
             .help = "onnx: also write this user's question, as the model reads it; may be repeated",
             .texts = &request_.users},
            {.kind = Argument::Kind::kSwitch,
             .name = "triton",
             .help = "onnx: as a model repository of Triton Inference Server",
             .given = &request_.triton},
            {.kind = Argument::Kind::kInteger,
             .name = "external-above",
             .help = "onnx: MB of weights from which on they go to a file of their own (default 2000)",
             .integer = &external_above_,
             .value = "NUMBER"},
            {.kind = Argument::Kind::kText,
             .name = "corpus",
             .help = "corpus to use instead of the run's",
             .text = &request_.corpus},
            {.kind = Argument::Kind::kSwitch,
             .name = "force",
             .help = "replace a folder that an earlier export wrote; anything else there is refused",
             .given = &request_.force},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }

  int run() override {
    constexpr std::int64_t kMegabyte = 1'000'000;
    constexpr auto kMost = static_cast<std::int64_t>(kOnnxFileLimit) / kMegabyte;
    if (external_above_ < 0 || external_above_ > kMost) {
      throw usage_error("value out of range", {.where = "--external-above",
                                               .expected = fmt::format("0 to {}: no ONNX file may be larger", kMost),
                                               .got = std::to_string(external_above_)});
    }
    request_.external_above = static_cast<std::uint64_t>(external_above_ * kMegabyte);
    request_.stop = interrupt_token();
    const StageReport report = export_run(request_);
    fmt::print("{}\n", json_ ? report.json : terminal_lines(report.text));
    return 0;
  }

 private:
  ExportRequest request_;
  std::int64_t external_above_ = static_cast<std::int64_t>(kOnnxFileLimit) / 1'000'000;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_export_verb() { return std::make_unique<ExportVerb>(); }

}  // namespace p5::cli
