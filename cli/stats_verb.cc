#include <fmt/format.h>

#include "base/terminal_text.h"
#include "cli/verbs.h"
#include "corpus/corpus.h"
#include "corpus/corpus_stats.h"

namespace p5::cli {
namespace {

class StatsVerb final : public Verb {
 public:
  std::string name() const override { return "stats"; }
  std::string summary() const override { return "what is in a corpus"; }
  std::string examples() const override { return "  p5 stats beauty\n  p5 stats beauty --json\n"; }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kPositional,
             .name = "corpus",
             .help = "corpus folder",
             .required = true,
             .text = &corpus_},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }

  int run() override {
    CorpusStats stats = compute_stats(*Corpus::open(corpus_));
    stats.bytes = corpus_bytes(corpus_);
    fmt::print("{}\n", json_ ? to_json(stats) : terminal_lines(to_table(stats)));
    return 0;
  }

 private:
  std::string corpus_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_stats_verb() { return std::make_unique<StatsVerb>(); }

}  // namespace p5::cli
