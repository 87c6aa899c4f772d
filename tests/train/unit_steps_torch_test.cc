#include "train/unit_steps_module.h"

#include "train/train_world.h"

namespace p5::test {
namespace {

// Five units, each with its own words to repeat; unit 4 has three times as many examples.
class CopyUnits final : public BatchSource, public UnitSource {
 public:
  TokenBatch next() override { return draw(0, 0, 4); }
  std::int64_t batches_per_epoch() const override { return 1; }
  std::string state() const override { return "units"; }
  void set_state(const std::string&) override {}
  UnitSource* units() override { return this; }

  std::int64_t size() const override { return 5; }
  std::int64_t examples(std::int64_t unit) const override { return unit == 4 ? 12 : 4; }
  double share(std::int64_t) const override { return 1; }
  TokenBatch draw(std::int64_t unit, std::uint64_t visit, std::int64_t rows) override {
    Rng rng(static_cast<std::uint64_t>(unit), "unit " + std::to_string(visit));
    std::vector<TokenRow> drawn(static_cast<std::size_t>(rows));
    for (TokenRow& row : drawn) {
      for (int i = 0; i < 3; ++i) row.source.push_back(static_cast<TokenId>(3 + 4 * unit + rng.below(4)));
      row.target = row.source;
      row.target.push_back(kEndToken);
    }
    return pad_rows(drawn);
  }
};

TrainOptions one_step() {
  TrainOptions options;
  options.optimizer = TrainOptions::Rule::kSgd;
  options.lr = 1;
  options.momentum = options.weight_decay = options.clip = options.warmup = 0;
  options.schedule = ScheduleShape::kConstant;
  options.max_steps = 1;
  options.patience = 0;
  options.privacy.secret_noise = false;
  return options;
}

TrainOptions private_step(double noise, double clip) {
  TrainOptions options = one_step();
  options.privacy.unit = PrivacyOptions::Unit::kUser;
  options.privacy.noise = noise;
  options.privacy.clip = clip;
  options.privacy.batch = 5;  // all units in every step
  options.privacy.examples = 4;
  return options;
}

TrainOptions federated_round() {
  TrainOptions options = one_step();
  options.federated.clients = 5;
  options.federated.per_round = 5;
  options.federated.batch = 64;  // one local step
  options.federated.lr = 0.05;
  options.federated.clip = 0;
  return options;
}

torch::Tensor flat_weights(T5TorchModel& model) {
  std::vector<torch::Tensor> parts;
  for (const torch::Tensor& parameter : model.module().parameters()) parts.push_back(parameter.detach().flatten());
  return torch::cat(parts).clone();
}

// The gradient of one batch, by autograd alone.
torch::Tensor gradient_of(const TokenBatch& batch) {
  const auto model = nano_model(5, 0);
  model->training_loss(batch).mean.backward();
  std::vector<torch::Tensor> parts;
  for (const torch::Tensor& parameter : model->module().parameters()) {
    parts.push_back(parameter.grad().defined() ? parameter.grad().flatten() : torch::zeros_like(parameter).flatten());
  }
  return torch::cat(parts);
}

class UnitStepsTest : public TrainTest {
 protected:
  // How far a training moves the weights.
  torch::Tensor moved(const TrainOptions& options, TrainResult* result = nullptr) {
    const auto model = nano_model(5, 0);
    const torch::Tensor before = flat_weights(*model);
    CopyUnits units;
    const TrainResult trained = fit(*model, units, options, no_callbacks_, folder_ / "run", false);
    if (result != nullptr) *result = trained;
    return flat_weights(*model) - before;
  }
  double furthest(const torch::Tensor& a, const torch::Tensor& b) { return (a - b).abs().max().item<double>(); }
};

TEST_F(UnitStepsTest, AStepIsTheMeanOfClippedGradients) {
  constexpr double kClip = 0.5;
  torch::Tensor expected;
  std::int64_t longer = 0;
  CopyUnits units;
  for (std::int64_t unit = 0; unit < 5; ++unit) {
    const torch::Tensor gradient = gradient_of(units.draw(unit, 0, 4));
    const double norm = gradient.norm().item<double>();
    longer += norm > kClip;
    const torch::Tensor part = gradient * std::min(1.0, kClip / norm);
    expected = expected.defined() ? expected + part : part;
  }
  ASSERT_GT(longer, 0);
  TrainResult result;
  EXPECT_LT(furthest(moved(private_step(1e-6, kClip), &result), expected / -5), 2e-6);
  ASSERT_TRUE(result.privacy.has_value());
  EXPECT_DOUBLE_EQ(result.privacy->clipped, static_cast<double>(longer) / 5);
  EXPECT_EQ(result.privacy->plan.units, 5);
}

TEST_F(UnitStepsTest, NoiseHasTheDeviationThatWasAskedFor) {
  const torch::Tensor noise = moved(private_step(3, 0.5)) - moved(private_step(1e-6, 0.5));
  const double n = static_cast<double>(noise.numel()), deviation = 3 * 0.5 / 5;
  EXPECT_NEAR(noise.std().item<double>(), deviation, 5 * deviation / std::sqrt(2 * n));
  EXPECT_NEAR(noise.mean().item<double>(), 0, 5 * deviation / std::sqrt(n));
}

TEST_F(UnitStepsTest, SecretNoiseDoesNotRepeatAndSeededNoiseDoes) {
  TrainOptions options = private_step(1, 0.5);
  EXPECT_EQ(furthest(moved(options), moved(options)), 0);
  options.privacy.secret_noise = true;
  EXPECT_GT(furthest(moved(options), moved(options)), 0.1);
}

// What one unit adds is at most clip / (expected units), however long its gradient is.
TEST_F(UnitStepsTest, NoUnitMovesTheWeightsFurtherThanItsClip) {
  class Louder final : public UnitSource, public BatchSource {
   public:
    TokenBatch next() override { return inner.next(); }
    std::int64_t batches_per_epoch() const override { return 1; }
    std::string state() const override { return {}; }
    void set_state(const std::string&) override {}
    UnitSource* units() override { return this; }
    std::int64_t size() const override { return 5; }
    std::int64_t examples(std::int64_t unit) const override { return inner.examples(unit); }
    double share(std::int64_t) const override { return 1; }
    TokenBatch draw(std::int64_t unit, std::uint64_t visit, std::int64_t rows) override {
      return inner.draw(unit == 2 ? 0 : unit, visit, rows);  // unit 2 has other data
    }
    CopyUnits inner;
  };
  const TrainOptions options = private_step(1, 0.01);
  const auto model = nano_model(5, 0);
  const torch::Tensor before = flat_weights(*model);
  Louder other;
  fit(*model, other, options, no_callbacks_, folder_ / "other", false);
  const double apart = ((flat_weights(*model) - before) - moved(options)).norm().item<double>();
  EXPECT_GT(apart, 0);
  EXPECT_LE(apart, 2 * 0.01 / 5 * 1.001);
}

TEST_F(UnitStepsTest, EpsilonGrowsByStepsAndIsThatOfTheAccountant) {
  TrainOptions options = private_step(2, 0.5);
  options.privacy.batch = 2;
  options.max_steps = 7;
  TrainResult result;
  moved(options, &result);
  ASSERT_TRUE(result.privacy.has_value());
  EXPECT_EQ(result.privacy->steps, 7);
  EXPECT_DOUBLE_EQ(result.privacy->epsilon,
                   epsilon_of({.rate = 0.4, .noise = 2, .steps = 7}, std::pow(5.0, -1.1)).epsilon);
}

TEST_F(UnitStepsTest, PrivateTrainingKeepsItsLastWeights) {
  TrainOptions options = private_step(1, 0.5);
  options.max_steps = 3;
  const auto model = nano_model(5, 0), plain = nano_model(5, 0);
  TrainCallbacks callbacks;
  double metric = 10;
  callbacks.validate = [&](SequenceModel&, std::int64_t, double) { return metric--; };  // the first is the best
  CopyUnits units, others;
  const TrainResult result = fit(*model, units, options, callbacks, folder_ / "validated", false);
  fit(*plain, others, options, no_callbacks_, folder_ / "plain", false);
  EXPECT_EQ(weight_bytes(*model) == weight_bytes(*plain), true);
  EXPECT_EQ(result.best_step, 3);
}

// One local step of every client: the mean of their gradients, weighted by examples, at the clients' rate.
TEST_F(UnitStepsTest, ARoundIsTheMeanOfUpdates) {
  CopyUnits units;
  torch::Tensor expected;
  for (std::int64_t unit = 0; unit < 5; ++unit) {
    const std::int64_t examples = units.examples(unit);
    const torch::Tensor part = gradient_of(units.draw(unit, 0, examples)) * static_cast<double>(examples);
    expected = expected.defined() ? expected + part : part;
  }
  EXPECT_LT(furthest(moved(federated_round()), expected * (-0.05 / 28)), 1e-6);
}

TEST_F(UnitStepsTest, MasksChangeNothingAlsoWhenClientsAreLost) {
  TrainOptions options = federated_round();
  options.max_steps = 3;
  options.federated.per_round = 4;
  options.federated.batch = 2;
  for (const double lost : {0.0, 0.4}) {
    options.federated.dropout = lost;
    options.federated.masks = false;
    const torch::Tensor plain = moved(options);
    options.federated.masks = true;
    EXPECT_LT(furthest(moved(options), plain), 2e-6) << lost;
    EXPECT_GT(plain.norm().item<double>(), 0.01);
  }
}

TEST_F(UnitStepsTest, FedProxStaysNearerToWhatTheServerGave) {
  TrainOptions options = federated_round();
  options.federated.batch = 1;
  options.federated.epochs = 3;
  const double free = moved(options).norm().item<double>();
  options.federated.proximal = 10;
  const double pulled = moved(options).norm().item<double>();
  EXPECT_LT(pulled, 0.5 * free);
  EXPECT_GT(pulled, 0);
}

TEST_F(UnitStepsTest, UpdatesOfClientsAreClippedWhereTheyArePrivate) {
  TrainOptions options = federated_round();
  options.privacy = private_step(1e-6, 0.001).privacy;
  EXPECT_LE(moved(options).norm().item<double>(), 0.001 * 1.001);
}

TEST_F(UnitStepsTest, RefusesWhatWouldBreakThePromise) {
  const auto refuse = [&](const TrainOptions& options, const char* key) {
    EXPECT_NE(message_of([&] { moved(options); }, 2).find(key), std::string::npos);
  };
  TrainOptions options = private_step(1, 1);
  options.accumulate = 2;
  refuse(options, "train.accumulate");
  options = private_step(1, 1);
  options.family_weights = TrainOptions::Weighting::kLearned;
  refuse(options, "train.family_weights");
  options = federated_round();
  options.privacy = private_step(1, 1).privacy;
  options.privacy.unit = PrivacyOptions::Unit::kExample;
  refuse(options, "privacy.unit");
  const auto model = nano_model(5, 0);
  CopySource stream;
  const TrainOptions on_stream = private_step(1, 1);
  EXPECT_NE(
      message_of([&] { fit(*model, stream, on_stream, no_callbacks_, folder_ / "stream", false); }, 2).find("no units"),
      std::string::npos);
}

// A run that was interrupted takes the same steps as one that was not, where noise comes from the seed.
TEST_F(UnitStepsTest, ResumedRunsTakeTheSameSteps) {
  TrainOptions options = private_step(0.5, 0.5);
  options.privacy.batch = 3;
  options.max_steps = 6;
  const auto whole = nano_model(5, 0), parts = nano_model(5, 0);
  CopyUnits units;
  fit(*whole, units, options, no_callbacks_, folder_ / "whole", false);
  TrainCallbacks callbacks;
  std::int64_t asked = 0;
  StopSource stop;
  callbacks.stop = stop.token();
  callbacks.validate = [&](SequenceModel&, std::int64_t, double) {
    if (++asked == 2) stop.request_stop();
    return 1.0;
  };
  fit(*parts, units, options, callbacks, folder_ / "parts", false);
  callbacks.stop = {};
  const auto again = nano_model(6, 0);
  fit(*again, units, options, callbacks, folder_ / "parts", true);
  EXPECT_EQ(weight_bytes(*whole) == weight_bytes(*again), true);
}

// Reptile by hand: each user's three steps of SGD, then the weights go the outer rate of the mean way.
TEST_F(UnitStepsTest, ReptileGoesTheOuterRateOfTheMeanWay) {
  TrainOptions options = one_step();
  options.lr = 0.5;
  options.reptile = {.users = 5, .steps = 3, .batch = 2, .lr = 0.1, .clip = 0};
  torch::Tensor ways;
  CopyUnits units;
  for (std::int64_t unit = 0; unit < 5; ++unit) {
    const auto model = nano_model(5, 0);
    const torch::Tensor before = flat_weights(*model);
    for (std::uint64_t visit = 0; visit < 3; ++visit) {
      model->training_loss(units.draw(unit, visit, 2)).mean.backward();
      const torch::NoGradGuard no_gradient;
      for (torch::Tensor& parameter : model->module().parameters()) {
        if (!parameter.grad().defined()) continue;
        parameter.sub_(parameter.grad(), 0.1);
        parameter.mutable_grad().reset();
      }
    }
    const torch::Tensor way = flat_weights(*model) - before;
    ways = ways.defined() ? ways + way : way;
  }
  const torch::Tensor expected = ways * (0.5 / 5);
  ASSERT_GT(expected.abs().max().item<double>(), 1e-3);
  EXPECT_LT(furthest(moved(options), expected), 1e-6);  // unit 4 has more examples and counts like the others
}

TEST_F(UnitStepsTest, ReptileIsNeitherPrivateNorFederated) {
  TrainOptions options = federated_round();
  options.reptile.users = 2;
  EXPECT_THROW(moved(options), Error);
}

}  // namespace
}  // namespace p5::test
