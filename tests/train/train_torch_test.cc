// All tests of src/train that need LibTorch, in one translation unit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/interrupt.h"
#include "nn/threads_module.h"
#include "p5/error.h"
#include "t5/t5_torch_model_module.h"
#include "train/checkpoint.h"
#include "train/flat_parameters_module.h"
#include "train/learning_rate_schedule.h"
#include "train/optimizer_module.h"
#include "train/train_world.h"
#include "train/trainer.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using test::CopySource;
using test::future_of;
using test::kVocab;
using test::message_of;
using test::metrics_of;
using test::nano_model;
using test::quick_options;
using test::TrainTest;
using test::weight_bytes;
using test::wide_model;
using test::WideSource;
using ::testing::AllOf;
using ::testing::HasSubstr;

// ---- Optimizers

struct Toy : torch::nn::Module {
  Toy() {
    const auto generator = at::make_generator<at::CPUGeneratorImpl>(3);
    matrix = register_parameter("matrix", torch::randn({7, 5}, generator));
    other = register_parameter("other", torch::randn({5, 3}, generator));
    norm = register_parameter("norm", torch::ones({5}));
  }
  torch::Tensor loss(const torch::Tensor& input) {
    return (torch::tanh(torch::matmul(input, matrix) * norm).matmul(other) - 1).square().mean();
  }
  torch::Tensor matrix, other, norm;
};

std::unique_ptr<torch::optim::Optimizer> torch_optimizer(const TrainOptions& options, Toy& toy) {
  std::vector<torch::optim::OptimizerParamGroup> groups = {
      torch::optim::OptimizerParamGroup(std::vector<torch::Tensor>{toy.matrix, toy.other}),
      torch::optim::OptimizerParamGroup(std::vector<torch::Tensor>{toy.norm})};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const double decay = i == 0 ? options.weight_decay : 0;
    if (options.optimizer == TrainOptions::Rule::kSgd) {
      groups[i].set_options(std::make_unique<torch::optim::SGDOptions>(
          torch::optim::SGDOptions(options.lr).momentum(options.momentum).weight_decay(decay)));
    } else if (options.optimizer == TrainOptions::Rule::kAdam) {
      groups[i].set_options(std::make_unique<torch::optim::AdamOptions>(torch::optim::AdamOptions(options.lr)
                                                                            .betas({options.beta1, options.beta2})
                                                                            .eps(options.epsilon)
                                                                            .weight_decay(decay)));
    } else {
      groups[i].set_options(std::make_unique<torch::optim::AdamWOptions>(torch::optim::AdamWOptions(options.lr)
                                                                             .betas({options.beta1, options.beta2})
                                                                             .eps(options.epsilon)
                                                                             .weight_decay(decay)));
    }
  }
  if (options.optimizer == TrainOptions::Rule::kSgd)
    return std::make_unique<torch::optim::SGD>(groups, torch::optim::SGDOptions(options.lr));
  if (options.optimizer == TrainOptions::Rule::kAdam) return std::make_unique<torch::optim::Adam>(groups);
  return std::make_unique<torch::optim::AdamW>(groups);
}

using Rule = TrainOptions::Rule;

class OptimizerTest : public TrainTest, public ::testing::WithParamInterface<Rule> {};

TEST_P(OptimizerTest, TakesTheStepsOfTorch) {
  TrainOptions options;
  options.optimizer = GetParam();
  options.lr = 0.01;
  options.weight_decay = 0.1;
  options.clip = 0.2;
  Toy ours, theirs;
  FlatParameters parameters(ours);
  Optimizer optimizer(parameters, options);
  const auto reference = torch_optimizer(options, theirs);
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(9);
  for (int step = 0; step < 25; ++step) {
    const torch::Tensor input = torch::randn({4, 7}, generator);
    // The gradient of a mean times 3, divided by 3: what accumulation does.
    ours.loss(input).backward(torch::tensor(3.0f));
    const double norm = optimizer.step(options.lr, 3.0);
    reference->zero_grad();
    theirs.loss(input).backward();
    const double expected = torch::nn::utils::clip_grad_norm_(theirs.parameters(), options.clip);
    EXPECT_NEAR(norm, expected, 1e-5 * expected);
    reference->step();
    for (const auto& item : ours.named_parameters()) {
      const torch::Tensor difference = item.value() - theirs.named_parameters()[item.key()];
      ASSERT_LT(difference.abs().max().item<double>(), 1e-6) << item.key() << " at step " << step;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, OptimizerTest, ::testing::Values(Rule::kAdamW, Rule::kAdam, Rule::kSgd));

TEST_F(TrainTest, Pitfall33DecayTouchesAllButNorms) {
  const auto model = nano_model();
  std::set<std::string> expected;
  for (const auto& item : model->module().named_parameters()) {
    if (item.value().dim() >= 2) expected.insert(item.key());
  }
  const FlatParameters parameters(model->module());
  const std::vector<std::string> names = parameters.decayed_names();
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()), expected);
  EXPECT_LT(names.size(), model->module().parameters().size()) << "the norms must be left out";
  for (const std::string& name : names) EXPECT_THAT(name, ::testing::Not(HasSubstr("norm")));
}

TEST_F(TrainTest, FlatParametersKeepValuesAndObjects) {
  const auto model = nano_model();
  const std::string before = weight_bytes(*model);
  const torch::Tensor parameter = model->module().parameters().front();
  {
    const FlatParameters parameters(model->module());
    EXPECT_EQ(weight_bytes(*model), before);
    parameters.weights().zero_();
    EXPECT_EQ(parameter.abs().sum().item<double>(), 0) << "a parameter held elsewhere must see the buffer";
    EXPECT_TRUE(parameter.grad().defined());
  }
  EXPECT_FALSE(parameter.grad().defined());
}

TEST_F(TrainTest, UpdatesDoNotDependOnTheNumberOfThreads) {
  std::string first;
  for (const int threads : {1, 2}) {
    set_training_threads(threads);
    Toy toy;
    toy.register_parameter("large", torch::linspace(-1, 1, 300000).reshape({500, 600}));
    FlatParameters parameters(toy);
    Optimizer optimizer(parameters, TrainOptions());
    for (int step = 0; step < 3; ++step) {
      parameters.gradient().copy_(torch::sin(parameters.weights() * 1000));
      optimizer.step(0.01, 1.0);
    }
    const torch::Tensor& flat = parameters.weights();
    const std::string bytes(static_cast<const char*>(flat.data_ptr()), flat.nbytes());
    if (threads == 1) first = bytes;
    EXPECT_EQ(bytes == first, true);
  }
  set_training_threads(1);
}

TEST_F(TrainTest, WeightsDoNotDependOnTheNumberOfThreads) {
  std::string expected;
  for (const std::int64_t threads : {1, 2, 4, 8}) {
    const auto model = wide_model(threads);
    WideSource source;
    TrainOptions options = quick_options();
    options.max_steps = 4;
    const TrainResult result = fit(*model, source, options, no_callbacks_, folder_ / std::to_string(threads), false);
    EXPECT_EQ(result.threads, threads);
    if (threads == 1) expected = weight_bytes(*model);
    EXPECT_EQ(weight_bytes(*model) == expected, true) << threads << " threads";
  }
  set_training_threads(1);
}

// Processor time of the process's threads, in clock ticks.
std::map<std::string, std::int64_t> ticks_of_threads() {
  std::map<std::string, std::int64_t> ticks;
  for (const fs::directory_entry& thread : fs::directory_iterator("/proc/self/task")) {
    std::string line;
    std::getline(std::ifstream(thread.path() / "stat"), line);
    std::istringstream after_name(line.substr(line.rfind(')') + 1));
    std::string skipped;
    for (int i = 0; i < 11; ++i) after_name >> skipped;
    std::int64_t user = 0, system = 0;
    after_name >> user >> system;
    ticks[thread.path().filename()] = user + system;
  }
  return ticks;
}

TEST_F(TrainTest, BothThreadsOfTwoWork) {
  const auto model = wide_model(2);
  WideSource source;
  TrainOptions options = quick_options();
  const std::map<std::string, std::int64_t> before = ticks_of_threads();
  const auto busy_threads = [&] {
    std::int64_t busy = 0;
    for (const auto& [thread, ticks] : ticks_of_threads()) {
      const auto was = before.find(thread);
      busy += ticks - (was == before.end() ? 0 : was->second) >= 20;
    }
    return busy;
  };
  // However busy the machine is, the second thread gets a share of the time.
  for (options.max_steps = 20; options.max_steps < 2000 && busy_threads() < 2; options.max_steps += 20) {
    fit(*model, source, options, no_callbacks_, folder_ / "run", false);
  }
  EXPECT_GE(busy_threads(), 2);
  set_training_threads(1);
}

TEST_F(TrainTest, AGradientThatIsNotFiniteChangesNothing) {
  Toy toy;
  FlatParameters parameters(toy);
  Optimizer optimizer(parameters, TrainOptions());
  const torch::Tensor before = parameters.weights().clone();
  parameters.gradient()[3] = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(std::isfinite(optimizer.step(0.1, 1.0)));
  EXPECT_TRUE(torch::equal(parameters.weights(), before));
  EXPECT_EQ(optimizer.steps(), 0);
}

// ---- The loop

TEST_F(TrainTest, TheLossFallsAndTheLogsTellSo) {
  const auto model = nano_model();
  CopySource source;
  TrainOptions options = quick_options();
  options.epochs = 12;
  const TrainResult result = fit(*model, source, options, no_callbacks_, folder_.path(), false);
  EXPECT_EQ(result.steps, 96);
  EXPECT_EQ(result.epochs, 12);
  EXPECT_EQ(result.stopped_by, "epochs");
  EXPECT_GT(result.tokens_per_second, 0);
  const auto lines = metrics_of(folder_.path());
  ASSERT_EQ(lines.size(), 96u);
  EXPECT_LT(lines.back()["loss"].get<double>(), 0.8 * lines.front()["loss"].get<double>());
  EXPECT_TRUE(lines.front()["family_loss"].contains("even"));
  EXPECT_TRUE(lines.front()["family_loss"].contains("odd"));
  EXPECT_GT(lines.front()["grad_norm"].get<double>(), 0);
  EXPECT_FALSE(fs::is_empty(folder_ / "tensorboard"));
}

TEST_F(TrainTest, Pitfall34AccumulationCountsOptimizerStepsInTheSchedule) {
  const auto model = nano_model();
  CopySource source(10);
  TrainOptions options = quick_options();
  options.epochs = 1;
  options.accumulate = 4;
  options.warmup = 0;
  std::int64_t batches = 0;
  source.before_batch = [&](std::int64_t drawn) { batches = drawn; };
  EXPECT_EQ(fit(*model, source, options, no_callbacks_, folder_.path(), false).steps, 3);
  EXPECT_EQ(batches, 12);
  const LearningRateSchedule schedule(ScheduleShape::kLinear,
                                      {.peak = options.lr, .warmup_steps = 0, .total_steps = 3});
  const auto lines = metrics_of(folder_.path());
  ASSERT_EQ(lines.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(lines[i]["lr"].get<double>(), schedule.at(static_cast<std::int64_t>(i)));
    EXPECT_DOUBLE_EQ(lines[i]["epoch"].get<double>(), 0.4 * static_cast<double>(i + 1));
  }
}

// The same rows, once as one batch and once as two of different sizes, must give one and the same gradient.
TEST_F(TrainTest, AccumulatedBatchesWeighAsManyTokensAsTheyHold) {
  class FixedSource final : public BatchSource {
   public:
    explicit FixedSource(bool split) : split_(split) {}
    TokenBatch next() override {
      const std::vector<TokenRow> rows = {{.source = {5, 6}, .whole_word = {}, .target = {5, 1}},
                                          {.source = {7, 8}, .whole_word = {}, .target = {7, 8, 9, 10, 1}},
                                          {.source = {9}, .whole_word = {}, .target = {9, 9, 1}}};
      if (!split_) return pad_rows(rows);
      first_ = !first_;
      return first_ ? pad_rows({rows[0]}) : pad_rows({rows[1], rows[2]});
    }
    std::int64_t batches_per_epoch() const override { return split_ ? 2 : 1; }
    std::string state() const override { return {}; }
    void set_state(const std::string&) override {}

   private:
    bool split_, first_ = false;
  };
  TrainOptions options = quick_options();
  options.optimizer = Rule::kSgd;
  options.epochs = 1;
  options.warmup = 0;
  const auto whole = nano_model(5, 0), halves = nano_model(5, 0);
  FixedSource one(false), two(true);
  fit(*whole, one, options, no_callbacks_, folder_ / "whole", false);
  options.accumulate = 2;
  fit(*halves, two, options, no_callbacks_, folder_ / "halves", false);
  const auto left = whole->module().parameters(), right = halves->module().parameters();
  for (std::size_t i = 0; i < left.size(); ++i) {
    EXPECT_LT((left[i] - right[i]).abs().max().item<double>(), 1e-6);
  }
  EXPECT_NE(weight_bytes(*whole), weight_bytes(*nano_model(5, 0)));
}

TEST_F(TrainTest, AveragedWeightsAreValidatedAndKept) {
  TrainOptions options = quick_options();
  options.average = 0.9;
  const auto model = nano_model(5, 0), plain = nano_model(5, 0);
  std::vector<std::string> validated;
  TrainCallbacks callbacks;
  callbacks.validate = [&](SequenceModel&, std::int64_t, double) {
    validated.push_back(weight_bytes(*model));
    return static_cast<double>(validated.size());  // the last is the best
  };
  CopySource source, other;
  fit(*model, source, options, callbacks, folder_ / "average", false);
  options.average = 0;
  fit(*plain, other, options, no_callbacks_, folder_ / "plain", false);
  ASSERT_FALSE(validated.empty());
  EXPECT_EQ(weight_bytes(*model) == validated.back(), true);
  EXPECT_EQ(weight_bytes(*model) == weight_bytes(*plain), false);  // the same steps, except for the average
}

// ---- On a GPU, where there is one. Its sums have no fixed order: weights are near each other, not the same bits.

TEST_F(TrainTest, OnAGpuStepsAreThoseOfTheCpuAndResumed) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no CUDA device";
  const auto weights_after = [&](const char* device, std::int64_t steps, const char* folder, bool resume) {
    const T5Spec spec = nano_model(5, 0)->spec();
    T5TorchModel model(spec, 5, DeviceOptions{.device = device, .threads = 1});
    CopySource source;
    TrainOptions options = quick_options();
    options.max_steps = steps;
    options.schedule = ScheduleShape::kConstant;
    options.warmup = 0;
    fit(model, source, options, no_callbacks_, folder_ / folder, resume);
    std::vector<torch::Tensor> flat;
    for (const torch::Tensor& parameter : model.module().parameters()) {
      flat.push_back(parameter.detach().flatten().to(torch::kCPU));
    }
    return torch::cat(flat);
  };
  const auto distance = [](const torch::Tensor& got, const torch::Tensor& expected) {
    return ((got - expected).norm() / expected.norm()).item<double>();
  };
  const torch::Tensor straight = weights_after("cuda", 8, "straight", false);
  EXPECT_LT(distance(straight, weights_after("cpu", 8, "cpu", false)), 1e-3);
  TrainOptions options = quick_options();
  int batches = 0;
  {  // interrupted after four steps
    T5TorchModel model(nano_model(5, 0)->spec(), 5, DeviceOptions{.device = "cuda", .threads = 1});
    CopySource source;
    source.before_batch = [&](std::int64_t) {
      if (++batches == 4) set_interrupt(SIGTERM);
    };
    options.max_steps = 8;
    options.schedule = ScheduleShape::kConstant;
    options.warmup = 0;
    EXPECT_EQ(fit(model, source, options, no_callbacks_, folder_ / "halves", false).steps, 4);
    set_interrupt(0);
  }
  EXPECT_LT(distance(weights_after("cuda", 8, "halves", true), straight), 1e-3);
}

// ---- Interruption and resume: N steps straight are k steps and N - k resumed ones, to the last bit.

struct ResumeCase {
  Rule optimizer;
  std::int64_t accumulate;
  std::int64_t interrupted_at;  // batch
  int signal;
  double average = 0;
  TrainOptions::Weighting family_weights = TrainOptions::Weighting::kFixed;
};

class ResumeTest : public TrainTest, public ::testing::WithParamInterface<ResumeCase> {};

TEST_P(ResumeTest, IsBitIdentical) {
  const ResumeCase& param = GetParam();
  TrainOptions options = quick_options();
  options.optimizer = param.optimizer;
  options.accumulate = param.accumulate;
  options.average = param.average;
  options.family_weights = param.family_weights;
  const auto straight = nano_model();
  CopySource source;
  source.families = {"copy", "other"};
  const TrainResult expected = fit(*straight, source, options, no_callbacks_, folder_ / "straight", false);

  const auto first = nano_model();
  CopySource interrupted;
  interrupted.families = source.families;
  interrupted.before_batch = [&](std::int64_t drawn) {
    if (drawn == param.interrupted_at) set_interrupt(param.signal);
  };
  const TrainResult half = fit(*first, interrupted, options, no_callbacks_, folder_ / "resumed", false);
  EXPECT_EQ(half.stopped_by, param.signal == SIGTERM ? "SIGTERM" : "SIGINT");
  EXPECT_EQ(half.steps, (param.interrupted_at + param.accumulate - 1) / param.accumulate);
  set_interrupt(0);

  torch::manual_seed(999);  // what another process would start from
  const auto second = nano_model(77);
  CopySource fresh;
  fresh.families = source.families;
  const TrainResult result = fit(*second, fresh, options, no_callbacks_, folder_ / "resumed", true);
  EXPECT_EQ(result.steps, expected.steps);
  EXPECT_EQ(result.last_loss, expected.last_loss);
  EXPECT_EQ(weight_bytes(*second) == weight_bytes(*straight), true);
  EXPECT_EQ(future_of(folder_ / "resumed") == future_of(folder_ / "straight"), true);

  const auto lines = metrics_of(folder_ / "resumed");
  ASSERT_EQ(lines.size(), static_cast<std::size_t>(expected.steps));
  for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(lines[i]["step"], i + 1);
  if (param.family_weights == TrainOptions::Weighting::kFixed) return;
  const auto straight_lines = metrics_of(folder_ / "straight");
  EXPECT_EQ(lines.back()["family_weight"], straight_lines.back()["family_weight"]);
  EXPECT_NE(lines.back()["family_weight"]["copy"], 1.0);
}

// In a function, because the macro below would split its list at the commas.
std::string name_of(Rule rule) {
  constexpr const char* kNames[] = {"adamw", "adam", "sgd"};
  return kNames[static_cast<int>(rule)];
}

INSTANTIATE_TEST_SUITE_P(
    All, ResumeTest,
    ::testing::Values(ResumeCase{Rule::kAdamW, 1, 10, SIGINT}, ResumeCase{Rule::kAdamW, 3, 7, SIGTERM},
                      ResumeCase{Rule::kAdam, 1, 1, SIGINT}, ResumeCase{Rule::kSgd, 2, 16, SIGINT},
                      ResumeCase{Rule::kAdam, 2, 9, SIGINT, 0.9},
                      ResumeCase{Rule::kAdamW, 2, 8, SIGINT, 0, TrainOptions::Weighting::kLearned}),
    [](const auto& chosen) {
      return name_of(chosen.param.optimizer) + "Every" + std::to_string(chosen.param.accumulate);
    });

TEST_F(TrainTest, AFinishedRunResumedDoesNothing) {
  const auto model = nano_model();
  CopySource source;
  const TrainResult first = fit(*model, source, quick_options(), no_callbacks_, folder_.path(), false);
  const std::string weights = weight_bytes(*model);
  const TrainResult again = fit(*nano_model(8), source, quick_options(), no_callbacks_, folder_.path(), true);
  EXPECT_EQ(again.steps, first.steps);
  EXPECT_EQ(again.stopped_by, "epochs");
  EXPECT_EQ(again.last_loss, first.last_loss);
  EXPECT_EQ(metrics_of(folder_.path()).size(), static_cast<std::size_t>(first.steps));
  EXPECT_EQ(weight_bytes(*model) == weights, true);
}

TEST_F(TrainTest, WithoutACheckpointResumeStartsAfresh) {
  CopySource source;
  EXPECT_EQ(fit(*nano_model(), source, quick_options(), no_callbacks_, folder_.path(), true).steps, 24);
}

TEST_F(TrainTest, AFreshRunForgetsTheFormerCheckpoint) {
  CopySource source, stopped;
  fit(*nano_model(), source, quick_options(), no_callbacks_, folder_.path(), false);
  stopped.before_batch = [](std::int64_t) { throw std::runtime_error("the data went away"); };
  EXPECT_THROW(fit(*nano_model(), stopped, quick_options(), no_callbacks_, folder_.path(), false), std::runtime_error);
  EXPECT_FALSE(Checkpoint::open(folder_.path()).has_value());
}

// kill -9 while the second checkpoint is being written: the first one is still there, and continuing from it ends in
// exactly the weights of a run that was never killed.
TEST_F(TrainTest, AKillWhileSavingLosesNothingBeforeTheLastCheckpoint) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  // The death test runs this program again, which makes its own folder: the first program's folder is passed to it.
  ::setenv("TRAIN_TEST_RUN", (folder_ / "killed").c_str(), /*overwrite=*/0);
  const fs::path run = std::getenv("TRAIN_TEST_RUN");
  const auto train_until_killed = [&run] {
    CopySource source;
    source.before_state = [](std::int64_t drawn) {
      if (drawn == 16) ::raise(SIGKILL);
    };
    fit(*nano_model(), source, quick_options(), {}, run, false);
  };
  EXPECT_EXIT(train_until_killed(), ::testing::KilledBySignal(SIGKILL), "");
  ASSERT_TRUE(fs::exists(run / "checkpoint"));
  EXPECT_EQ(Checkpoint::open(run)->state().step, 8);

  const auto resumed = nano_model(77), straight = nano_model();
  CopySource source, other;
  fit(*resumed, source, quick_options(), no_callbacks_, run, true);
  fit(*straight, other, quick_options(), no_callbacks_, folder_ / "straight", false);
  EXPECT_EQ(weight_bytes(*resumed) == weight_bytes(*straight), true);
  for (const auto& entry : fs::directory_iterator(run)) {
    EXPECT_THAT(entry.path().filename().string(), ::testing::Not(HasSubstr("checkpoint."))) << "a leftover";
  }
  ::unsetenv("TRAIN_TEST_RUN");
}

TEST_F(TrainTest, DamagedCheckpointsAreNamed) {
  CopySource source;
  fit(*nano_model(), source, quick_options(), no_callbacks_, folder_.path(), false);
  const auto resume = [&] { fit(*nano_model(), source, quick_options(), no_callbacks_, folder_.path(), true); };
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder_ / "checkpoint")) files.push_back(entry.path());
  EXPECT_EQ(files.size(), 5u);
  for (const fs::path& path : files) {
    const std::string good = read_file(path);
    std::string bad = good;
    bad[bad.size() / 2] = static_cast<char>(bad[bad.size() / 2] ^ 1);
    for (const std::string& bytes : {bad, good.substr(0, good.size() / 2), std::string()}) {
      std::ofstream(path, std::ios::binary) << bytes;
      EXPECT_THAT(message_of(resume, 4), HasSubstr(path.filename().string()));
    }
    std::ofstream(path, std::ios::binary) << good;
  }
  EXPECT_NO_THROW(resume());
}

TEST_F(TrainTest, ACheckpointOfAnotherModelIsRefused) {
  CopySource source;
  fit(*nano_model(), source, quick_options(), no_callbacks_, folder_.path(), false);
  T5Spec spec = T5Spec::preset("nano");
  spec.vocab_size = kVocab + 8;
  T5TorchModel other(spec, 5, {.device = "cpu", .threads = 1});
  const std::string message =
      message_of([&] { fit(other, source, quick_options(), no_callbacks_, folder_.path(), true); }, 4);
  EXPECT_THAT(message, AllOf(HasSubstr("weights.safetensors"), HasSubstr("[32, "), HasSubstr("[24, ")));
}

TEST_F(TrainTest, ResumingWithAnotherOptimizerNamesBoth) {
  CopySource source;
  fit(*nano_model(), source, quick_options(), no_callbacks_, folder_.path(), false);
  TrainOptions options = quick_options();
  options.optimizer = Rule::kSgd;
  EXPECT_THAT(message_of([&] { fit(*nano_model(), source, options, no_callbacks_, folder_.path(), true); }, 2),
              AllOf(HasSubstr("train.optimizer"), HasSubstr("adamw"), HasSubstr("sgd")));
}

TEST_F(TrainTest, BadOptionsAreRefusedBeforeAnythingIsWritten) {
  CopySource source;
  for (const auto& spoil : std::vector<std::function<void(TrainOptions&)>>{
           [](TrainOptions& options) { options.lr = -1; }, [](TrainOptions& options) { options.lr = std::nan(""); },
           [](TrainOptions& options) { options.accumulate = 0; },
           [](TrainOptions& options) { options.schedule = static_cast<ScheduleShape>(4); },
           [](TrainOptions& options) { options.precision = TrainOptions::Precision::kBfloat16; }}) {  // not on a CPU
    TrainOptions options = quick_options();
    spoil(options);
    message_of([&] { fit(*nano_model(), source, options, no_callbacks_, folder_ / "run", false); }, 2);
    EXPECT_FALSE(fs::exists(folder_ / "run"));
  }
}

TEST_F(TrainTest, TheTimeBudgetStopsBetweenSteps) {
  CopySource source;
  TrainOptions options = quick_options();
  options.minutes = 1e-9;
  EXPECT_EQ(fit(*nano_model(), source, options, no_callbacks_, folder_.path(), false).stopped_by, "minutes");
  EXPECT_TRUE(Checkpoint::open(folder_.path()).has_value());
}

TEST_F(TrainTest, ALossThatIsNotFiniteStopsAndNamesTheStep) {
  const auto model = nano_model();
  CopySource source;
  source.before_batch = [&](std::int64_t drawn) {
    const torch::NoGradGuard no_gradient;
    if (drawn == 11) model->module().parameters().front().fill_(std::numeric_limits<float>::quiet_NaN());
  };
  EXPECT_THAT(message_of([&] { fit(*model, source, quick_options(), no_callbacks_, folder_.path(), false); }, 4),
              AllOf(HasSubstr("step 11"), HasSubstr("diverged"), HasSubstr("nan")));
  EXPECT_EQ(Checkpoint::open(folder_.path())->state().step, 8);
}

}  // namespace
}  // namespace p5
