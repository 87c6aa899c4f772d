#include <cstdint>

#include "train/trainer.h"

namespace p5 {

void TrainOptions::bind(OptionTable& table) {
  table.add("train.optimizer", &optimizer,
            {.help = "Rule that turns gradients into steps; adamw decouples weight decay",
             .choices = {"adamw", "adam", "sgd"}});
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
  table.add("train.precision", &precision,
            {.help = "of a GPU's products: bfloat16 is less exact, faster where the GPU has units for it, and needs no "
                     "scaling of the loss; weights, norms and losses stay float32 (on the CPU device.matmul says how "
                     "exact products are)",
             .choices = {"float32", "bfloat16"}});
  table.add(
      "train.family_weights", &family_weights,
      {.help = "Weights of task families in the loss: as task.weights says, or learnt on top by the uncertainty of "
               "each family",
       .choices = {"fixed", "learned"}});
  table.add("train.average", &average,
            {.help = "Validate and keep an exponential average of the weights, this share of it from the steps before "
                     "(0.999 remembers a thousand steps); steadier on little data; 0 = the weights themselves",
             .minimum = 0,
             .maximum = 0.999999});
  table.add("train.schedule", &schedule,
            {.help = "Course of the learning rate after the warm-up",
             .choices = {"constant", "linear", "cosine", "inverse-sqrt"}});
  table.add("train.warmup", &warmup, {.help = "Share of all steps spent on the warm-up", .minimum = 0, .maximum = 1});
  table.add("train.epochs", &epochs,
            {.help = "Passes over the training data", .flag = "epochs", .minimum = 1, .maximum = 1e6});
  table.add("train.max_steps", &max_steps,
            {.help = "Optimizer steps in all, in place of epochs; 0 = epochs decide",
             .flag = "max-steps",
             .minimum = 0,
             .maximum = 1e12});
  table.add("train.max_minutes", &max_minutes,
            {.help = "Wall-clock budget; the learning rate keeps the course of the planned steps; 0 = none",
             .flag = "max-minutes",
             .minimum = 0,
             .maximum = 1e7});
  table.add("train.accumulate", &accumulate,
            {.help = "Batches whose gradients are averaged into one step", .minimum = 1, .maximum = 65536});
  table.add("train.validate_every", &validate_every,
            {.help = "Epochs between validations; 0 = only at the end", .minimum = 0, .maximum = 1e6});
  table.add("train.patience", &patience,
            {.help = "Validations without a better NDCG@10 before training stops; 0 = never",
             .flag = "patience",
             .minimum = 0,
             .maximum = 1e6});
  table.add(
      "train.checkpoint_minutes", &checkpoint_minutes,
      {.help = "Minutes between checkpoints; one is also written at each validation", .minimum = 1, .maximum = 1e6});
  // The signed and unsigned forms of one integer type may share storage, and the range keeps the sign bit clear.
  table.add("train.seed", reinterpret_cast<std::int64_t*>(&seed),
            {.help = "Seed of first weights, order of data and dropout", .flag = "seed", .minimum = 0});
}

}  // namespace p5
