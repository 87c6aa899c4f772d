#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/json_field.h"
#include "cli/verbs.h"
#include "p5/error.h"
#include "pipeline/train_stage.h"

namespace p5::cli {
namespace {

std::string to_json(const TrainResult& result, const std::string& run) {
  const nlohmann::ordered_json object{{"run", run},
                                      {"steps", result.steps},
                                      {"epochs", result.epochs},
                                      {"best_ndcg@10", result.best_metric},
                                      {"best_step", result.best_step},
                                      {"loss", result.last_loss},
                                      {"tokens_per_s", result.tokens_per_second},
                                      {"seconds", result.seconds},
                                      {"stopped_by", result.stopped_by}};
  return pretty_json(object);
}

class TrainVerb final : public Verb {
 public:
  TrainVerb() { config_.bind(table_); }
  std::string name() const override { return "train"; }
  std::string summary() const override { return "train a model on all task families of a corpus"; }
  std::string examples() const override {
    return "  p5 train --corpus beauty --config configs/beauty.toml --out runs/beauty\n"
           "  p5 train --corpus world --preset nano --epochs 2 --set task.direct_samples=0 --out runs/try\n"
           "  p5 train --out runs/beauty --resume\n";
  }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kText, .name = "corpus", .help = "corpus folder", .text = &corpus_},
            {.kind = Argument::Kind::kText, .name = "out", .help = "run folder", .required = true, .text = &out_},
            {.kind = Argument::Kind::kSwitch,
             .name = "resume",
             .help = "go on where the run's checkpoint stands",
             .given = &resume_},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  OptionTable* options() override { return &table_; }

  int run() override {
    if (!resume_ && corpus_.empty()) throw usage_error("--corpus is required for a new run");
    const TrainResult result = resume_ ? resume_run(table_, out_) : train_run(config_, table_, corpus_, out_);
    if (json_) {
      fmt::print("{}\n", to_json(result, out_));
    } else {
      fmt::print("{}: best validation NDCG@10 {:.4f} at step {} of {}\n", out_, result.best_metric, result.best_step,
                 result.steps);
    }
    return 0;
  }

 private:
  RunConfig config_;
  OptionTable table_;
  std::string corpus_, out_;
  bool resume_ = false, json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_train_verb() { return std::make_unique<TrainVerb>(); }

}  // namespace p5::cli
