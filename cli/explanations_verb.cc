#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json_field.h"
#include "base/rng.h"
#include "base/terminal_text.h"
#include "cli/verbs.h"
#include "corpus/data_splits.h"
#include "explain/explanation_reader.h"
#include "explain/explanation_set.h"

namespace p5::cli {
namespace {

class ExplanationsVerb final : public Verb {
 public:
  ExplanationsVerb() {
    split_.bind(table_);
    explain_.bind(table_);
  }
  std::string name() const override { return "explanations"; }
  std::string summary() const override {
    return "features and sentences from reviews that explain how users judged items";
  }
  std::string examples() const override {
    return "  p5 explanations instruments --limit 10\n  p5 explanations instruments --out explanations.jsonl\n";
  }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kPositional,
             .name = "corpus",
             .help = "corpus folder",
             .required = true,
             .text = &corpus_},
            {.kind = Argument::Kind::kText,
             .name = "out",
             .help = "file to write all of them to, one JSON object per line",
             .text = &out_,
             .value = "FILE"},
            {.kind = Argument::Kind::kInteger,
             .name = "limit",
             .help = "number to print, sampled by split.seed (default 20)",
             .integer = &limit_},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  OptionTable* options() override { return &table_; }

  int run() override {
    const DataSplits data = open_data(corpus_, split_);
    const auto explanations = make_explanations(*data.reviews, explain_);
    if (!out_.empty()) write(*explanations, *data.corpus);
    const auto drawn = draw(*explanations);
    if (json_) {
      print_json(*explanations, drawn, *data.corpus);
    } else {
      print_table(*explanations, drawn, *data.corpus);
    }
    return 0;
  }

 private:
  using Drawn = std::vector<const Explanation*>;

  void write(const ExplanationSet& explanations, const Corpus& corpus) const {
    AtomicFileWriter file(out_);
    for (const Explanation& explanation : explanations.all()) file.write(explanation_json(explanation, corpus) + '\n');
    file.commit();
  }

  Drawn draw(const ExplanationSet& explanations) const {
    Drawn drawn;
    for (const Explanation& explanation : explanations.all()) drawn.push_back(&explanation);
    Rng(static_cast<std::uint64_t>(split_.seed), "explanations").shuffle(std::span(drawn));
    drawn.resize(std::min(drawn.size(), static_cast<std::size_t>(std::max<std::int64_t>(limit_, 0))));
    return drawn;
  }

  static void print_json(const ExplanationSet& explanations, const Drawn& drawn, const Corpus& corpus) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Explanation* e : drawn) list.push_back(nlohmann::ordered_json::parse(explanation_json(*e, corpus)));
    const nlohmann::ordered_json json = {{"interactions", corpus.interaction_count()},
                                         {"explanations", explanations.all().size()},
                                         {"features", explanations.features().size()},
                                         {"examples", std::move(list)}};
    fmt::print("{}\n", pretty_json(json));
  }

  static void print_table(const ExplanationSet& explanations, const Drawn& drawn, const Corpus& corpus) {
    fmt::print("explanations: {} of {} interactions, features: {}\n", explanations.all().size(),
               corpus.interaction_count(), explanations.features().size());
    for (const Explanation* e : drawn)
      fmt::print("\n{:<20} {}\n", terminal_text(e->feature), terminal_text(e->sentence));
  }

  SplitOptions split_;
  ExplainOptions explain_;
  OptionTable table_;
  std::string corpus_, out_;
  std::int64_t limit_ = 20;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_explanations_verb() { return std::make_unique<ExplanationsVerb>(); }

}  // namespace p5::cli
