// Validation, early stopping and the best weights: part of the one translation unit of the tests that need LibTorch.
#include <gtest/gtest.h>

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "base/interrupt.h"
#include "train/checkpoint.h"
#include "train/train_world.h"
#include "train/trainer.h"

namespace p5 {
namespace {

using test::CopySource;
using test::metrics_of;
using test::nano_model;
using test::quick_options;
using test::TrainTest;
using test::weight_bytes;

TEST_F(TrainTest, Pitfall26EarlyStoppingEndsWithTheBestWeights) {
  const auto model = nano_model();
  CopySource source;
  TrainOptions options = quick_options();
  options.epochs = 20;
  options.patience = 2;
  const std::vector<double> scores = {0.1, 0.5, 0.3, 0.4, 0.9};
  std::size_t calls = 0;
  std::string best;
  const TrainCallbacks callbacks{[&](SequenceModel&, std::int64_t step, double epoch) {
    EXPECT_EQ(step, static_cast<std::int64_t>(8 * (calls + 1)));
    EXPECT_EQ(epoch, static_cast<double>(calls + 1));
    if (calls == 1) best = weight_bytes(*model);
    return scores[calls++];
  }};
  const TrainResult result = fit(*model, source, options, callbacks, folder_.path(), false);
  EXPECT_EQ(result.stopped_by, "patience");
  EXPECT_EQ(result.steps, 32);
  EXPECT_EQ(result.best_metric, 0.5);
  EXPECT_EQ(result.best_step, 16);
  EXPECT_EQ(calls, 4u);
  EXPECT_EQ(weight_bytes(*model) == best, true);
}

TEST_F(TrainTest, BestWeightsAndPatienceSurviveAnInterruption) {
  CopySource source, rest;
  TrainOptions options = quick_options();
  options.epochs = 20;
  options.patience = 3;
  const auto model = nano_model(), resumed = nano_model(9);
  std::string best;
  const std::vector<double> scores = {0.5, 0.3, 0.2, 0.1};
  std::size_t calls = 0;
  const TrainCallbacks callbacks{[&](SequenceModel& trained, std::int64_t, double) {
                                   if (calls == 0) best = weight_bytes(dynamic_cast<T5TorchModel&>(trained));
                                   return scores.at(calls++);
                                 },
                                 {},
                                 interrupt_token()};
  source.before_batch = [](std::int64_t drawn) {
    if (drawn == 19) set_interrupt(SIGTERM);
  };
  EXPECT_EQ(fit(*model, source, options, callbacks, folder_.path(), false).stopped_by, "SIGTERM");
  set_interrupt(0);
  const TrainResult result = fit(*resumed, rest, options, callbacks, folder_.path(), true);
  EXPECT_EQ(result.stopped_by, "patience");
  EXPECT_EQ(result.best_metric, 0.5);
  EXPECT_EQ(result.steps, 32);
  EXPECT_EQ(weight_bytes(*resumed) == best, true);
}

// What training begins with may change after the first weights were validated: where nothing is better, those stay. The
// time that it takes does not count against the budget, and the random numbers that it draws change no step.
TEST_F(TrainTest, WhatTrainingBeginsWithFollowsTheFirstValidation) {
  TrainOptions options = quick_options();
  options.validate_first = true;
  options.epochs = 1;
  const auto model = nano_model(), other = nano_model();
  const std::string fresh = weight_bytes(*model);
  const auto halve = [](T5TorchModel& changed) {
    const torch::NoGradGuard guard;
    for (torch::Tensor& weight : changed.module().parameters()) weight.mul_(0.5);
  };
  std::vector<double> scores = {0.5, 0.1};
  std::vector<std::string> events;
  TrainCallbacks callbacks;
  callbacks.validate = [&](SequenceModel&, std::int64_t step, double) {
    events.push_back("validated " + std::to_string(step));
    return scores[events.size() > 1 ? 1 : 0];
  };
  callbacks.begin = [&] {
    events.push_back("begun");
    halve(*model);
  };
  CopySource one, two;
  fit(*model, one, options, callbacks, folder_ / "kept", false);
  EXPECT_EQ(events, (std::vector<std::string>{"validated 0", "begun", "validated 8"}));
  EXPECT_EQ(weight_bytes(*model) == fresh, true) << "nothing was better than the first weights";

  // Training from the changed weights is training of a model that had them from the start.
  const auto changed = nano_model();
  halve(*changed);
  options.validate_first = false;
  callbacks.validate = nullptr;
  callbacks.begin = [&] {
    halve(*other);
    torch::manual_seed(99);
  };
  CopySource three;
  fit(*other, two, options, callbacks, folder_ / "begun", false);
  callbacks.begin = nullptr;
  fit(*changed, three, options, callbacks, folder_ / "from the start", false);
  EXPECT_EQ(weight_bytes(*other) == weight_bytes(*changed), true);
}

TEST_F(TrainTest, TheEndIsValidatedEvenBetweenIntervals) {
  CopySource source;
  TrainOptions options = quick_options();
  options.max_steps = 11;
  std::vector<std::int64_t> steps;
  const TrainCallbacks callbacks{[&](SequenceModel&, std::int64_t step, double) {
    steps.push_back(step);
    return 0.0;
  }};
  EXPECT_EQ(fit(*nano_model(), source, options, callbacks, folder_.path(), false).stopped_by, "max-steps");
  EXPECT_EQ(steps, (std::vector<std::int64_t>{8, 11}));
}

// A stop in the middle of a validation: the steps are saved, and the resumed run validates first, so that it ends in
// the bytes and records of one that was never stopped.
TEST_F(TrainTest, AnInterruptedValidationIsRepeated) {
  TrainOptions options = quick_options();
  options.checkpoint_minutes = 1'000'000;  // no other checkpoint than those of validations
  const auto run_of = [&](const char* name) { return folder_ / name; };
  std::vector<std::int64_t> steps;
  const auto score = [&](std::int64_t step) {
    steps.push_back(step);
    return step == 16 ? 0.9 : 0.1;
  };
  const auto straight = nano_model(), stopped = nano_model(), resumed = nano_model(77);
  CopySource one, two, three;
  const TrainCallbacks calm{[&](SequenceModel&, std::int64_t step, double) { return score(step); }};
  const TrainResult expected = fit(*straight, one, options, calm, run_of("straight"), false);
  EXPECT_EQ(steps, (std::vector<std::int64_t>{8, 16, 24}));

  steps.clear();
  const TrainCallbacks hasty{[&](SequenceModel&, std::int64_t step, double) -> std::optional<double> {
                               if (step < 16) return score(step);
                               set_interrupt(SIGINT);
                               return std::nullopt;
                             },
                             {},
                             interrupt_token()};
  const TrainResult half = fit(*stopped, two, options, hasty, run_of("resumed"), false);
  EXPECT_EQ(half.stopped_by, "SIGINT");
  EXPECT_EQ(half.steps, 16);
  EXPECT_EQ(Checkpoint::open(run_of("resumed"))->state().step, 16);
  EXPECT_EQ(Checkpoint::open(run_of("resumed"))->state().validated_step, 8);
  set_interrupt(0);

  const TrainResult result = fit(*resumed, three, options, calm, run_of("resumed"), true);
  EXPECT_EQ(steps, (std::vector<std::int64_t>{8, 16, 24}));
  EXPECT_EQ(result.best_step, 16);
  EXPECT_EQ(result.best_metric, expected.best_metric);
  EXPECT_EQ(weight_bytes(*resumed) == weight_bytes(*straight), true);
  const auto left = metrics_of(run_of("straight")), right = metrics_of(run_of("resumed"));
  ASSERT_EQ(left.size(), right.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    EXPECT_EQ(left[i]["step"], right[i]["step"]);
    EXPECT_EQ(left[i].value("validation", -1.0), right[i].value("validation", -1.0)) << "record " << i;
  }
}

// A caller with its own stop token stops only its own run; signals are for the whole program.
TEST_F(TrainTest, HeedsTheTokenOfItsCaller) {
  CopySource source;
  StopSource stop;
  source.before_batch = [&](std::int64_t drawn) {
    if (drawn == 3) set_interrupt(SIGINT);
    if (drawn == 6) stop.request_stop();
  };
  const TrainCallbacks callbacks{.validate = {}, .stop = stop.token()};
  const TrainResult result = fit(*nano_model(), source, quick_options(), callbacks, folder_.path(), false);
  set_interrupt(0);
  EXPECT_EQ(result.stopped_by, "request");
  EXPECT_EQ(result.steps, 6);
  EXPECT_EQ(Checkpoint::open(folder_.path())->state().step, 6);
}

TEST_F(TrainTest, AnInterruptedLastValidationIsNotTheEnd) {
  CopySource source, rest;
  TrainOptions options = quick_options();
  options.max_steps = 11;
  options.validate_every = 0;
  const TrainCallbacks hasty{[](SequenceModel&, std::int64_t, double) -> std::optional<double> {
                               set_interrupt(SIGTERM);
                               return std::nullopt;
                             },
                             {},
                             interrupt_token()};
  EXPECT_EQ(fit(*nano_model(), source, options, hasty, folder_.path(), false).stopped_by, "SIGTERM");
  set_interrupt(0);
  const TrainCallbacks calm{[](SequenceModel&, std::int64_t, double) { return 0.25; }};
  const TrainResult result = fit(*nano_model(), rest, options, calm, folder_.path(), true);
  EXPECT_EQ(result.stopped_by, "max-steps");
  EXPECT_EQ(result.best_metric, 0.25);
}

}  // namespace
}  // namespace p5
