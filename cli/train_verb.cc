#include "cli/training_verb.h"
#include "cli/verbs.h"

namespace p5::cli {
namespace {

class TrainVerb final : public TrainingVerb {
 public:
  std::string name() const override { return "train"; }
  std::string summary() const override { return "train a model on all task families of a corpus"; }
  std::string examples() const override {
    return "  p5 train --corpus beauty --out runs/beauty\n"
           "  p5 train --corpus world --preset nano --epochs 2 --set task.direct_samples=0 --out runs/try\n"
           "  p5 train --out runs/beauty --resume\n"
           "  p5 train --from runs/monday --corpus beauty --out runs/tuesday --minutes 5\n";
  }

 protected:
  std::vector<Argument> own_arguments() override {
    return {{.kind = Argument::Kind::kText, .name = "corpus", .help = "corpus folder", .text = &corpus_},
            {.kind = Argument::Kind::kSwitch,
             .name = "resume",
             .help = "continue from the run's checkpoint; with more --minutes also after its end",
             .given = &resume_},
            {.kind = Argument::Kind::kText,
             .name = "from",
             .help = "trained run whose weights and settings a new run goes on from, with newer data "
                     "(docs/retraining.md)",
             .text = &from_}};
  }

  StageReport train_now() override {
    return train({.corpus = corpus_,
                  .out = out(),
                  .resume = resume_,
                  .from = from_,
                  .force = force(),
                  .settings = settings(),
                  .stop = interrupt_token()});
  }

 private:
  std::string corpus_, from_;
  bool resume_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_train_verb() { return std::make_unique<TrainVerb>(); }

}  // namespace p5::cli
