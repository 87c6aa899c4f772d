#include "cli/training_verb.h"
#include "cli/verbs.h"

namespace p5::cli {
namespace {

class FinetuneVerb final : public TrainingVerb {
 public:
  std::string name() const override { return "finetune"; }
  std::string summary() const override { return "adapt a trained run to a task or a corpus, by few weights or all"; }
  std::string examples() const override {
    return "  p5 finetune --from runs/base --task rating --out runs/stars\n"
           "  p5 finetune --from runs/beauty --corpus music --rank 4 --out runs/music\n"
           "  p5 finetune --from runs/base --adapter full --lr 0.0005 --out runs/all\n"
           "  p5 finetune --from flan-t5-small --corpus music --adapter pfeiffer --out runs/words\n";
  }

 protected:
  std::vector<Argument> own_arguments() override {
    return {{.kind = Argument::Kind::kText,
             .name = "from",
             .help = "trained run, or a T5 in Hugging Face's layout with spiece.model",
             .required = true,
             .text = &from_},
            {.kind = Argument::Kind::kText,
             .name = "corpus",
             .help = "corpus folder; that of the run where none is given",
             .text = &corpus_},
            {.kind = Argument::Kind::kRepeated,
             .name = "task",
             .help = "family to train on, may be repeated: rating, sequential, explanation, review, direct, or custom "
                     "for those of your own prompts; those of the run where none is given",
             .texts = &tasks_}};
  }

  StageReport train_now() override {
    return finetune({.from = from_,
                     .corpus = corpus_,
                     .out = out(),
                     .tasks = tasks_,
                     .force = force(),
                     .settings = settings(),
                     .stop = interrupt_token()});
  }

 private:
  std::string from_, corpus_;
  std::vector<std::string> tasks_;
};

}  // namespace

std::unique_ptr<Verb> make_finetune_verb() { return std::make_unique<FinetuneVerb>(); }

}  // namespace p5::cli
