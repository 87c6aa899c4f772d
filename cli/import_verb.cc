#include <fmt/format.h>

#include "base/interrupt.h"
#include "base/terminal_text.h"
#include "base/text_layout.h"
#include "cli/answer_table.h"
#include "cli/verbs.h"
#include "p5/pipeline.h"
#include "pipeline/import_report.h"
#include "pipeline/import_stage.h"
#include "pipeline/settings.h"

namespace p5::cli {
namespace {

class ImportVerb final : public Verb {
 public:
  ImportVerb() { options_.bind(table_); }
  std::string name() const override { return "import"; }
  std::string summary() const override { return "convert a log, with items and users, into a corpus"; }
  std::string examples() const override {
    return "  p5 import reviews_Beauty_5.json.gz meta_Beauty.json.gz --out beauty\n"
           "  p5 import ml-100k/ --out ml100k\n"
           "  p5 import Beauty.txt --format s3rec --out beauty\n"
           "  p5 import events.csv --user-column uid --item-column sku --time-column ts --user-core 5 --item-core 5 "
           "--out shop\n"
           "  p5 import events.csv --events cart,purchase --weight cart=0.3 --item-files products.csv --out shop\n"
           "  p5 import sqlite:shop.db --query \"SELECT user, sku AS item, at AS time FROM orders\" --out shop\n"
           "  zstdcat events.tsv.zst | p5 import - --format csv --separator tab --out shop\n";
  }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kPositionals,
             .name = "inputs",
             .help = "files, folders, zip files or addresses of databases (sqlite:FILE, postgresql://...); - is "
                     "standard input (with --format csv)",
             .texts = &inputs_},
            {.kind = Argument::Kind::kText,
             .name = "out",
             .help = "corpus folder to write",
             .required = true,
             .text = &out_},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  OptionTable* options() override { return &table_; }

  int run() override {
    const StageReport report =
        import_corpus({.inputs = inputs_, .out = out_, .settings = settings_of(table_), .stop = interrupt_token()});
    fmt::print("{}\n", json_ ? report.json : fitted_lines(terminal_lines(report.text), kReportIndent, output_width()));
    return 0;
  }

 private:
  ImportOptions options_;
  OptionTable table_;
  std::vector<std::string> inputs_;
  std::string out_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_import_verb() { return std::make_unique<ImportVerb>(); }

}  // namespace p5::cli
