#include <cstdint>

#include "train/trainer.h"

namespace p5 {

std::vector<std::pair<std::string, TrainOptions::Precision>> TrainOptions::precision_names() {
  return {{"float32", Precision::kFloat32}, {"bfloat16", Precision::kBfloat16}};
}

void TrainOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kTraining);
  const OptionBinder budget(options, OptionScope::kBudget);
  table.add_choice("train.optimizer", &optimizer, {{"adamw", Rule::kAdamW}, {"adam", Rule::kAdam}, {"sgd", Rule::kSgd}},
                   {.help = "Rule that turns gradients into steps; adamw decouples weight decay"});
  table.add("train.lr", &lr,
            {.help = "Peak learning rate, reached after the warm-up", .flag = "lr", .minimum = 1e-12, .maximum = 100});
  table.add("train.weight_decay", &weight_decay,
            {.help = "Pull of weights to zero; norms and other one-dimensional weights are spared",
             .minimum = 0,
             .maximum = 10});
  table.add("train.beta1", &beta1, {.help = "Memory of Adam's mean gradient", .minimum = 0, .maximum = 0.999999});
  table.add("train.beta2", &beta2, {.help = "Memory of Adam's mean square", .minimum = 0, .maximum = 0.99999999});
  table.add("train.epsilon", &epsilon,
            {.help = "Adam's guard against division by zero", .minimum = 1e-16, .maximum = 1});
  table.add("train.momentum", &momentum, {.help = "Momentum of sgd; 0 = none", .minimum = 0, .maximum = 0.999999});
  table.add(
      "train.clip", &clip,
      {.help = "Largest norm of the gradient of all weights together; 0 = no limit", .minimum = 0, .maximum = 1e9});
  table.add_choice(
      "train.precision", &precision, precision_names(),
      {.help = "of a GPU's products: bfloat16 is less exact, faster where the GPU has units for it, and needs no "
               "scaling of the loss; weights, norms and losses stay float32 (on the CPU device.matmul says how "
               "exact products are)"});
  table.add_choice(
      "train.family_weights", &family_weights, {{"fixed", Weighting::kFixed}, {"learned", Weighting::kLearned}},
      {.help = "Weights of task families in the loss: as task.weights says, or learnt on top by the uncertainty of "
               "each family"});
  table.add("train.average", &average,
            {.help = "Validate and keep an exponential average of the weights, this share of it from the steps before "
                     "(0.999 remembers a thousand steps); steadier on little data; 0 = the weights themselves",
             .minimum = 0,
             .maximum = 0.999999});
  table.add_choice("train.schedule", &schedule,
                   {{"constant", ScheduleShape::kConstant},
                    {"linear", ScheduleShape::kLinear},
                    {"cosine", ScheduleShape::kCosine},
                    {"inverse-sqrt", ScheduleShape::kInverseSqrt}},
                   {.help = "Course of the learning rate after the warm-up"});
  table.add("train.warmup", &warmup, {.help = "Share of all steps spent on the warm-up", .minimum = 0, .maximum = 1});
  table.add("train.init", &init,
            {.help = "Weights to begin from: a run folder, or a T5 in Hugging Face's layout with spiece.model; rows of "
                     "the vocabulary are matched by name, what is new starts afresh; empty: all fresh",
             .flag = "init"});
  table.add("train.epochs", &epochs,
            {.help = "Passes over the training data", .flag = "epochs", .minimum = 1, .maximum = 1e6});
  table.add("train.max_steps", &max_steps,
            {.help = "Optimizer steps in all, in place of epochs; 0 = epochs decide",
             .flag = "max-steps",
             .minimum = 0,
             .maximum = 1e12});
  budget.add("train.max_minutes", &max_minutes,
             {.help = "Wall-clock budget; the learning rate keeps the course of the planned steps; 0 = none",
              .flag = "max-minutes",
              .minimum = 0,
              .maximum = 1e7});
  table.add("train.accumulate", &accumulate,
            {.help = "Batches whose gradients are averaged into one step", .minimum = 1, .maximum = 65536});
  budget.add("train.validate_every", &validate_every,
             {.help = "Epochs between validations; 0 = only at the end", .minimum = 0, .maximum = 1e6});
  table.add("train.select", &select,
            {.help = "Metric of validations that decides which weights are kept, as <task>.<score> of a trained task "
                     "(sequential.ndcg@10, direct.ndcg@10, rating.rmse, explanation.rouge1, review.star.rmse), or loss "
                     "(per token, of true answers); auto: the first of sequential.ndcg@10, direct.ndcg@10, "
                     "rating.rmse, explanation.rouge1 (with the hints of its prompts) whose family is trained, else loss",
             .flag = "select"});
  budget.add("train.patience", &patience,
             {.help = "Validations without a better value of train.select before training stops; 0 = never",
              .flag = "patience",
              .minimum = 0,
              .maximum = 1e6});
  budget.add(
      "train.checkpoint_minutes", &checkpoint_minutes,
      {.help = "Minutes between checkpoints; one is also written at each validation", .minimum = 1, .maximum = 1e6});
  table.add("train.seed", &seed, {.help = "Seed of first weights, order of data and dropout", .flag = "seed"});
}

}  // namespace p5
