#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "cli/verbs.h"
#include "p5/error.h"
#include "p5/pipeline.h"

namespace p5::cli {
namespace {

class CompareVerb final : public Verb {
 public:
  std::string name() const override { return "compare"; }
  std::string summary() const override { return "one table of several runs, with differences and intervals"; }
  std::string examples() const override {
    return "  p5 compare runs/a runs/b\n"
           "  p5 compare runs/gift-1 runs/gift-2 runs/other --baselines --markdown\n"
           "  p5 compare runs/a runs/b --metrics sequential.removed.ndcg@20 direct.hr@1 --latex\n";
  }
  std::vector<Argument> arguments() override {
    const auto form = [this](const char* name, const char* help) {
      return Argument{.kind = Argument::Kind::kSwitch, .name = name, .help = help, .given = &given_[name]};
    };
    return {
        {.kind = Argument::Kind::kPositionals,
         .name = "runs",
         .help =
             "run folders that p5 evaluate has measured, or report files; those that differ by their seed alone make "
             "one row",
         .required = true,
         .texts = &request_.runs},
        {.kind = Argument::Kind::kText,
         .name = "split",
         .help = "which report of a run folder: test (default) or valid",
         .text = &request_.split},
        {.kind = Argument::Kind::kSwitch,
         .name = "baselines",
         .help = "rows for the baselines in the first report, too",
         .given = &request_.baselines},
        {.kind = Argument::Kind::kTexts,
         .name = "metrics",
         .help =
             "columns, as TASK.METRIC: sequential.allowed.hr@5, sequential.removed.ndcg@20, direct.mrr, rating.rmse",
         .texts = &request_.metrics},
        {.kind = Argument::Kind::kText,
         .name = "to",
         .help = "row or run that the others are compared with (default the first)",
         .text = &request_.to},
        form("markdown", "as Markdown"),
        form("latex", "as LaTeX, for the package booktabs"),
        form("csv", "as CSV, with full precision"),
        form("json", "as one JSON object")};
  }

  int run() override {
    std::vector<std::string> forms;
    for (const auto& [name, given] : given_) {
      if (given) forms.push_back(name);
    }
    if (forms.size() > 1) {
      throw usage_error("only one form at a time", {.expected = "one of --markdown, --latex, --csv and --json",
                                                    .got = fmt::format("--{}", fmt::join(forms, " --"))});
    }
    if (request_.split != "test" && request_.split != "valid") {
      throw usage_error("no such split",
                        {.where = "--split", .expected = "test or valid", .got = "'" + request_.split + "'"});
    }
    const bool json = !forms.empty() && forms.front() == "json";
    if (!forms.empty() && !json) request_.form = forms.front();
    const StageReport report = compare(request_);
    fmt::print("{}", json ? report.json + "\n" : report.text);
    return 0;
  }

 private:
  CompareRequest request_;
  std::map<std::string, bool> given_;
};

}  // namespace

std::unique_ptr<Verb> make_compare_verb() { return std::make_unique<CompareVerb>(); }

}  // namespace p5::cli
