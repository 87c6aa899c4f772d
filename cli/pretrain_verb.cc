#include "cli/training_verb.h"
#include "cli/verbs.h"

namespace p5::cli {
namespace {

class PretrainVerb final : public TrainingVerb {
 public:
  std::string name() const override { return "pretrain"; }
  std::string summary() const override {
    return "train a base on logs and texts without labels, of one corpus or several";
  }
  std::string examples() const override {
    return "  p5 pretrain --corpus beauty --out runs/base\n"
           "  p5 pretrain --corpus beauty --corpus toys --objective next-item --objective text-span=0.5 --out "
           "runs/base\n"
           "  p5 finetune --from runs/base --corpus music --out runs/music\n";
  }

 protected:
  std::vector<Argument> own_arguments() override {
    return {
        {.kind = Argument::Kind::kRepeated,
         .name = "corpus",
         .help = "corpus folder, may be repeated: several are joined into one, OUT-corpus",
         .required = true,
         .texts = &corpora_},
        {.kind = Argument::Kind::kRepeated,
         .name = "objective",
         .help = "NAME or NAME=WEIGHT, may be repeated: next-item, history-span, next-session, text-span, attribute, "
                 "rating; next items and spans where none is given",
         .texts = &objectives_}};
  }

  StageReport train_now() override {
    return pretrain({.corpora = corpora_,
                     .out = out(),
                     .objectives = objectives_,
                     .force = force(),
                     .settings = settings(),
                     .stop = interrupt_token()});
  }

 private:
  std::vector<std::string> corpora_, objectives_;
};

}  // namespace

std::unique_ptr<Verb> make_pretrain_verb() { return std::make_unique<PretrainVerb>(); }

}  // namespace p5::cli
