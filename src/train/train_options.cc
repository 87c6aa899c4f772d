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
                   {.help = "optimizer; adamw decouples weight decay"});
  table.add("train.lr", &lr,
            {.help = "peak learning rate, reached after the warm-up", .flag = "lr", .minimum = 1e-12, .maximum = 100});
  table.add(
      "train.weight_decay", &weight_decay,
      {.help = "weight decay; not applied to norms and other one-dimensional weights", .minimum = 0, .maximum = 10});
  table.add("train.beta1", &beta1,
            {.help = "Adam's decay rate of the mean gradient", .minimum = 0, .maximum = 0.999999});
  table.add("train.beta2", &beta2,
            {.help = "Adam's decay rate of the mean squared gradient", .minimum = 0, .maximum = 0.99999999});
  table.add("train.epsilon", &epsilon,
            {.help = "Adam's term against division by zero", .minimum = 1e-16, .maximum = 1});
  table.add("train.momentum", &momentum, {.help = "momentum of sgd; 0 = none", .minimum = 0, .maximum = 0.999999});
  table.add("train.clip", &clip,
            {.help = "largest norm of the gradient over all weights; 0 = no limit", .minimum = 0, .maximum = 1e9});
  table.add_choice(
      "train.precision", &precision, precision_names(),
      {.help =
           "precision of a GPU's products: bfloat16 is less exact, faster where the GPU has units for it, and needs "
           "no scaling of the loss; weights, norms and losses stay float32 (on the CPU device.matmul decides)"});
  table.add_choice(
      "train.family_weights", &family_weights, {{"fixed", Weighting::kFixed}, {"learned", Weighting::kLearned}},
      {.help = "weights of task families in the loss: those of task.weights, or also learned from the uncertainty "
               "of each family"});
  table.add(
      "train.average", &average,
      {.help = "validate and keep an exponential average of the weights, of which this share comes from earlier steps "
               "(0.999 remembers a thousand steps); steadier on little data; 0 = the weights themselves",
       .minimum = 0,
       .maximum = 0.999999});
  table.add_choice("train.schedule", &schedule,
                   {{"constant", ScheduleShape::kConstant},
                    {"linear", ScheduleShape::kLinear},
                    {"cosine", ScheduleShape::kCosine},
                    {"inverse-sqrt", ScheduleShape::kInverseSqrt}},
                   {.help = "shape of the learning rate after the warm-up"});
  table.add(
      "train.warmup", &warmup,
      {.help = "share of all steps spent on the warm-up; from 2 on, a number of steps", .minimum = 0, .maximum = 1e9});
  table.add("train.validate_first", &validate_first,
            {.help = "also validate the weights that training begins with: with evidence these already rank as counts "
                     "do, and are kept where training finds none that are better"});
  table.add("train.validate_users", &validate_users,
            {.help = "users of a validation of rankings, at most, sampled by seed; 0 = all", .minimum = 0});
  OptionBinder(options, OptionScope::kMachine)
      .add("train.rank_timeout", &rank_timeout,
           {.help = "distributed training: seconds that another process may take to answer before all stop",
            .minimum = 1,
            .maximum = 86400});
  table.add("train.init", &init,
            {.help = "weights to start from: a run folder, or a T5 in Hugging Face's layout with spiece.model; rows of "
                     "the vocabulary are matched by name, new rows are initialised; empty: fresh weights",
             .flag = "init"});
  table.add("train.item_vectors", &item_vectors,
            {.help = "source whose item vectors the tokens of items begin with: encoder, another encoder, als or bpr, "
                     "which is fit first, or encoder:RUN, that of a trained run; the vectors are as wide as the model "
                     "(model.d_model); empty: random vectors"});
  table.add("train.item_vector_std", &item_vector_std,
            {.help = "standard deviation that those vectors are scaled to", .minimum = 1e-6, .maximum = 1e3});
  table.add("train.epochs", &epochs,
            {.help = "passes over the training data", .flag = "epochs", .minimum = 1, .maximum = 1e6});
  table.add("train.max_steps", &max_steps,
            {.help = "optimizer steps in all, instead of epochs; 0 = epochs decide",
             .flag = "max-steps",
             .minimum = 0,
             .maximum = 1e12});
  budget.add("train.minutes", &minutes,
             {.help = "minutes that training may take in all, with the encoder and the hybrid; the learning rate falls "
                      "by whichever of steps and time is further; 0 = no limit",
              .flag = "minutes",
              .minimum = 0,
              .maximum = 1e7,
              .former = {"train.max_minutes"}});
  budget.add(
      "train.own_minutes", &own_minutes,
      {.help = "of train.minutes, those for the steps of the model itself; 0 = all", .minimum = 0, .maximum = 1e7});
  table.add("train.accumulate", &accumulate,
            {.help = "batches whose gradients are averaged into one step", .minimum = 1, .maximum = 65536});
  budget.add("train.validate_every", &validate_every,
             {.help = "epochs between validations; 0 = only at the end", .minimum = 0, .maximum = 1e6});
  table.add("train.select", &select,
            {.help = "metric of validations that decides which weights are kept, as <task>.<score> of a trained task "
                     "(sequential.ndcg@10, direct.ndcg@10, rating.rmse, explanation.rouge1, review.star.rmse), or loss "
                     "(per token, of true answers); auto: the first of sequential.ndcg@10, direct.ndcg@10, "
                     "rating.rmse, explanation.rouge1 (with the hints of its prompts) whose family is trained, or loss",
             .flag = "select"});
  budget.add("train.patience", &patience,
             {.help = "validations without a better value of train.select before training stops; 0 = never",
              .flag = "patience",
              .minimum = 0,
              .maximum = 1e6});
  budget.add(
      "train.checkpoint_minutes", &checkpoint_minutes,
      {.help = "minutes between checkpoints; one is also written at each validation", .minimum = 1, .maximum = 1e6});
  OptionBinder(options, OptionScope::kReport)
      .add("train.weight_histograms", &weight_histograms,
           {.help = "TensorBoard also shows how the weights are spread, at each validation"});
  OptionBinder(options, OptionScope::kMachine)
      .add("train.metrics_file", &metrics_file,
           {.help =
                "file that is replaced every ten seconds with the state of the training, in Prometheus's text format; "
                "empty: none",
            .flag = "metrics-file"});
  privacy.bind(options);
  federated.bind(options);
  reptile.bind(options);
  table.add("train.seed", &seed, {.help = "seed of initial weights, data order and dropout", .flag = "seed"});
}

}  // namespace p5
