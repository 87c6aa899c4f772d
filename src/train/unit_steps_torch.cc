#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "base/logger.h"
#include "p5/error.h"
#include "privacy/pairwise_masks.h"
#include "train/optimizer_kernels.h"
#include "train/unit_steps_module.h"

namespace p5 {
namespace {

constexpr double kUpdateRange = 16;  // of a value of a masked update

void require(bool holds, const char* key, std::string_view expected, std::string_view got) {
  if (holds) return;
  throw usage_error("training by units (privacy.unit, federated.clients, reptile.users) cannot be combined with this",
                    {.where = key, .expected = std::string(expected), .got = std::string(got)});
}

void check(const TrainOptions& options) {
  require(options.accumulate == 1, "train.accumulate",
          "1: privacy.batch, federated.per_round or reptile.users is the size of a step",
          std::to_string(options.accumulate));
  require(options.family_weights == TrainOptions::Weighting::kFixed, "train.family_weights", "fixed",
          "learned: what one example adds would depend on the others");
  require(!options.reptile.on() || (!options.privacy.on() && !options.federated.on()), "reptile.users",
          "0 with privacy.unit or federated.clients", std::to_string(options.reptile.users));
  if (!options.federated.on()) return;
  require(options.privacy.unit != PrivacyOptions::Unit::kExample, "privacy.unit",
          "user: a client's update is clipped as one, with all its examples", "example");
}

std::span<float> floats_of(const torch::Tensor& flat) {
  return {flat.data_ptr<float>(), static_cast<std::size_t>(flat.numel())};
}

}  // namespace

UnitSteps::UnitSteps(UnitSource& units, const TrainOptions& options, FlatParameters& parameters, Collective* together,
                     std::int64_t planned_steps)
    : units_(units), options_(options), parameters_(parameters), together_(together) {
  check(options);
  const bool federated = options.federated.on();
  const std::int64_t per_step = options.units_per_step();
  double shares = 0, examples = 0;
  for (std::int64_t unit = 0; unit < units.size(); ++unit) {
    shares += units.share(unit);
    examples += static_cast<double>(units.examples(unit));
  }
  mean_examples_ = examples / static_cast<double>(units.size());
  rate_ = std::min(1.0, static_cast<double>(per_step) / shares);
  expected_ = rate_ * shares;
  if (options.privacy.on()) {
    const bool example = options.privacy.unit == PrivacyOptions::Unit::kExample;
    // At the rate of the most frequent units: the others are safer.
    plan_ = PrivacyPlan::of(options.privacy,
                            federated ? "client"
                            : example ? "example"
                                      : "user",
                            units.size(),
                            static_cast<std::int64_t>(std::ceil(rate_ * static_cast<double>(units.size()) - 1e-6)),
                            planned_steps);
    plan_->rate = rate_;  // not rounded up
    log_info(plan_->describe());
    if (!options.privacy.secret_noise) {
      log_warning("privacy.secret_noise = false: who knows train.seed can take the noise away; for experiments only");
    }
  }
  agree_on_key(options.seed);
  sum_ = torch::zeros_like(parameters.weights());
}

// Samples, noise and masks are the same in all processes.
void UnitSteps::agree_on_key(std::uint64_t seed) {
  const bool secret = options_.privacy.on() && options_.privacy.secret_noise;
  key_ = secret ? secret_key() : public_key(seed, "units");
  if (together_ == nullptr || !secret) return;
  torch::Tensor words = torch::zeros({static_cast<std::int64_t>(key_.size())}, torch::kLong);
  for (std::size_t i = 0; i < key_.size(); ++i)
    words[static_cast<std::int64_t>(i)] = static_cast<std::int64_t>(key_[i]);
  together_->from_first(words);
  for (std::size_t i = 0; i < key_.size(); ++i) {
    key_[i] = static_cast<std::uint32_t>(words[static_cast<std::int64_t>(i)].item<std::int64_t>());
  }
}

UnitSteps::Sample UnitSteps::draw(std::int64_t step) const {
  ChaChaStream stream(derived_key(key_, "sample"), static_cast<std::uint64_t>(step));
  Sample sample;
  for (std::int64_t unit = 0; unit < units_.size(); ++unit) {
    if (stream.uniform() >= rate_ * units_.share(unit)) continue;
    sample.units.push_back(unit);
    if (stream.uniform() >= options_.federated.dropout) sample.sent.push_back(unit);
  }
  return sample;
}

bool UnitSteps::is_own(std::int64_t unit) const {
  return together_ == nullptr || unit % together_->world().size == together_->world().rank;
}

// Clients count by their examples (McMahan et al. 2017); where each may add the same at most, or does as many steps,
// all count alike.
double UnitSteps::weight_of(std::int64_t unit) const {
  return plan_ || options_.reptile.on() ? 1.0 : static_cast<double>(units_.examples(unit)) / mean_examples_;
}

double UnitSteps::run(std::int64_t step, const Work& work) {
  const Sample sample = draw(step);
  options_.federated.on() && options_.federated.masks ? sum_masked(sample, step, work) : sum_plain(sample, step, work);
  if (plan_) {
    add_noise(step);
    return expected_;
  }
  double weights = 0;
  for (const std::int64_t unit : sample.sent) weights += weight_of(unit);
  return weights > 0 ? weights : 1.0;  // a round without clients changes nothing
}

void UnitSteps::sum_plain(const Sample& sample, std::int64_t step, const Work& work) {
  sum_.zero_();
  for (const std::int64_t unit : sample.sent) {
    if (!is_own(unit)) continue;
    add_part(unit, step, work);
    sum_.add_(parameters_.gradient());
    parameters_.gradient().zero_();
  }
  if (together_ != nullptr) together_->sum(sum_);
  parameters_.gradient().copy_(sum_);
}

// Every process plays its own clients, which send masked numbers, and all see the sum. Its words are summed as 64 bits,
// so that no reduction can overflow.
void UnitSteps::sum_masked(const Sample& sample, std::int64_t step, const Work& work) {
  const PairwiseMasks masks(derived_key(key_, fmt::format("round {}", step)), sample.units);
  const FixedPoint numbers(kUpdateRange, static_cast<std::int64_t>(sample.units.size()));
  const auto size = static_cast<std::size_t>(sum_.numel());
  std::vector<std::uint32_t> sum(size), sent(size);
  for (const std::int64_t unit : sample.sent) {
    if (!is_own(unit)) continue;
    add_part(unit, step, work);
    std::ranges::fill(sent, 0u);
    const torch::Tensor part = parameters_.gradient().cpu();
    cut_ += numbers.add(floats_of(part), sent);
    parameters_.gradient().zero_();
    masks.mask(unit, sent);
    for (std::size_t i = 0; i < size; ++i) sum[i] += sent[i];
  }
  if (together_ != nullptr) {
    torch::Tensor words = torch::empty({sum_.numel()}, torch::kLong);
    std::int64_t* values = words.data_ptr<std::int64_t>();
    std::copy(sum.begin(), sum.end(), values);
    together_->sum(words);
    for (std::size_t i = 0; i < size; ++i) sum[i] = static_cast<std::uint32_t>(values[i]);
  }
  for (const std::int64_t unit : sample.units) {
    if (std::ranges::find(sample.sent, unit) == sample.sent.end()) masks.unmask(unit, sample.sent, sum);
  }
  const torch::Tensor plain = torch::empty({sum_.numel()}, torch::kFloat32);
  numbers.read(sum, floats_of(plain));
  parameters_.gradient().copy_(plain);
  if (cut_ > 0) {
    log_warning(fmt::format("{} values of clients' updates were beyond {} and cut", cut_, kUpdateRange));
    cut_ = 0;
  }
}

void UnitSteps::add_part(std::int64_t unit, std::int64_t step, const Work& work) {
  options_.federated.on() || options_.reptile.on() ? train_unit(unit, step, work) : gradient_of(unit, step, work);
  if (!plan_) {
    parameters_.gradient().mul_(weight_of(unit));
    return;
  }
  const double length = norm();
  ++parts_;
  if (length <= plan_->clip) return;
  ++clipped_;
  // Also for a norm that is not finite: such a part adds nothing.
  std::isfinite(length) ? parameters_.gradient().mul_(plan_->clip / length) : parameters_.gradient().zero_();
}

void UnitSteps::gradient_of(std::int64_t unit, std::int64_t step, const Work& work) {
  const bool example = options_.privacy.unit == PrivacyOptions::Unit::kExample;
  const TokenBatch batch = units_.draw(unit, static_cast<std::uint64_t>(step), example ? 1 : options_.privacy.examples);
  work.loss(batch).backward();
  freeze(work);
}

UnitSteps::OwnTraining UnitSteps::own_training(std::int64_t unit) const {
  const ReptileOptions& reptile = options_.reptile;
  if (reptile.on()) return {.steps = reptile.steps, .rows = reptile.batch, .lr = reptile.lr, .clip = reptile.clip};
  const FederatedOptions& federated = options_.federated;
  const std::int64_t examples = federated.epochs * units_.examples(unit);
  const std::int64_t rows = std::min(federated.batch, examples);
  return {.steps = (examples + rows - 1) / rows,
          .rows = rows,
          .lr = federated.lr,
          .clip = federated.clip,
          .proximal = federated.proximal};
}

void UnitSteps::train_unit(std::int64_t unit, std::int64_t step, const Work& work) {
  constexpr std::uint64_t kMostSteps = std::uint64_t{1} << 24;  // of one unit in a step
  const OwnTraining own = own_training(unit);
  torch::Tensor weights = parameters_.weights(), gradient = parameters_.gradient();
  start_ = weights.clone();
  for (std::int64_t i = 0; i < own.steps; ++i) {
    const std::uint64_t visit = static_cast<std::uint64_t>(step) * kMostSteps + static_cast<std::uint64_t>(i);
    work.loss(units_.draw(unit, visit, own.rows)).backward();
    freeze(work);
    const torch::NoGradGuard no_gradient;
    const double length = own.clip > 0 ? norm() : 0;
    const double scale = length > own.clip ? own.clip / length : 1.0;
    if (own.proximal > 0) {
      gradient.mul_(scale).add_(weights - start_, own.proximal);  // Li et al. 2020
      weights.sub_(gradient, own.lr);
    } else {
      weights.sub_(gradient, own.lr * scale);
    }
    gradient.zero_();
  }
  const torch::NoGradGuard no_gradient;
  gradient.copy_(start_).sub_(weights);
  weights.copy_(start_);
}

void UnitSteps::freeze(const Work& work) {
  for (const auto& [begin, end] : work.frozen) parameters_.gradient().narrow(0, begin, end - begin).zero_();
}

double UnitSteps::norm() const {
  const torch::Tensor& gradient = parameters_.gradient();
  return gradient.is_cpu() ? std::sqrt(sum_of_squares(floats_of(gradient))) : gradient.norm().item<double>();
}

// Only on parameters: the gaps between them stay 0.
void UnitSteps::add_noise(std::int64_t step) {
  ChaChaStream stream(derived_key(key_, "noise"), static_cast<std::uint64_t>(step));
  const torch::Tensor noise = torch::zeros({sum_.numel()}, torch::kFloat32);
  for (const FlatParameters::Range& range : parameters_.ranges()) {
    stream.add_gaussian(floats_of(noise).subspan(static_cast<std::size_t>(range.begin),
                                                 static_cast<std::size_t>(range.end - range.begin)),
                        plan_->noise * plan_->clip);
  }
  parameters_.gradient().add_(noise.to(parameters_.gradient().device()));
}

double UnitSteps::clipped_share() const {
  return parts_ > 0 ? static_cast<double>(clipped_) / static_cast<double>(parts_) : 0;
}

}  // namespace p5
