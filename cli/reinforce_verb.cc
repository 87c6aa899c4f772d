#include "cli/training_verb.h"
#include "cli/verbs.h"

namespace p5::cli {
namespace {

class ReinforceVerb final : public TrainingVerb {
 public:
  std::string name() const override { return "reinforce"; }
  std::string summary() const override {
    return "improve a run's rankings by rewards: its model's (GRPO) or its encoder's";
  }
  std::string examples() const override {
    return "  p5 reinforce --from runs/shop --out runs/shop-rewarded --minutes 5\n"
           "  p5 reinforce --from runs/shop --out runs/bought --set 'reinforce.rewards=[\"purchase=1\", "
           "\"view=0.2\"]'\n"
           "  p5 reinforce --from runs/shop --adapter lora --out runs/shop-adapter\n"
           "  p5 reinforce --from runs/shop --encoder reinforce --out runs/shop-rl --minutes 5\n";
  }

 protected:
  std::vector<Argument> own_arguments() override {
    return {{.kind = Argument::Kind::kText,
             .name = "from",
             .help = "trained run whose model is the base",
             .required = true,
             .text = &from_},
            {.kind = Argument::Kind::kText,
             .name = "corpus",
             .help = "corpus folder; that of the run where none is given",
             .text = &corpus_},
            {.kind = Argument::Kind::kText,
             .name = "encoder",
             .help = "the run's encoder learns in place of its model: by reinforce (REINFORCE with top-K off-policy "
                     "correction) or q-learning (conservative Q-learning)",
             .text = &encoder_,
             .choices = {"reinforce", "q-learning"}}};
  }

  StageReport train_now() override {
    return reinforce({.from = from_,
                      .corpus = corpus_,
                      .out = out(),
                      .force = force(),
                      .settings = settings(),
                      .encoder = encoder_,
                      .stop = interrupt_token()});
  }

 private:
  std::string from_, corpus_, encoder_;
};

}  // namespace

std::unique_ptr<Verb> make_reinforce_verb() { return std::make_unique<ReinforceVerb>(); }

}  // namespace p5::cli
