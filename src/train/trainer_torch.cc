#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/logger.h"
#include "base/rng.h"
#include "base/text_layout.h"
#include "nn/autocast_module.h"
#include "nn/layer_team.h"
#include "nn/torch_guard_module.h"
#include "p5/error.h"
#include "train/trainer_module.h"

namespace p5 {
namespace {

constexpr double kSmoothing = 0.98;  // of the reported loss

std::int64_t validation_interval(const TrainOptions& options, std::int64_t batches_per_epoch, std::int64_t processes) {
  if (options.validate_every <= 0) return 0;
  const std::int64_t of_step = options.by_units() ? 1 : options.accumulate * processes;
  const double steps_per_epoch = static_cast<double>(batches_per_epoch) / static_cast<double>(of_step);
  return std::max<std::int64_t>(1, std::llround(options.validate_every * steps_per_epoch));
}

LearningRateSchedule make_schedule(const TrainOptions& options, std::int64_t steps) {
  const double whole = static_cast<double>(steps);
  const std::int64_t warmup = std::llround(options.warmup < 2 ? options.warmup * whole : options.warmup);
  return {options.schedule, {.peak = options.lr, .warmup_steps = warmup, .total_steps = steps}};
}

double seconds_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

Error diverged(std::int64_t step, std::string_view what, double value) {
  return model_error("training diverged and stopped; the last checkpoint stays",
                     {.where = fmt::format("step {}", step),
                      .expected = fmt::format("a finite {} (a smaller train.lr, or train.clip, may help)", what),
                      .got = fmt::format("{}", value)});
}

std::uint64_t fingerprint_of(const std::map<std::string, std::string>& options) {
  std::string text;
  for (const auto& [key, value] : options) text += key + "=" + value + "\n";
  return stable_hash(text);
}

}  // namespace

std::int64_t planned_steps(const TrainOptions& options, std::int64_t batches_per_epoch, std::int64_t processes) {
  if (options.max_steps > 0) return options.max_steps;
  const std::int64_t of_step = options.by_units() ? 1 : options.accumulate * processes;
  return (options.epochs * batches_per_epoch + of_step - 1) / of_step;
}

Trainer::Trainer(const FitRequest& request, TrainableModel& model, const Checkpoint* resumed)
    : request_(request),
      options_(request.options),
      model_(model),
      joined_(request.callbacks.world.alone() || request.callbacks.group != nullptr
                  ? nullptr
                  : std::make_unique<Collective>(request.callbacks.world, options_.rank_timeout)),
      together_(joined_ != nullptr ? joined_.get() : dynamic_cast<Collective*>(request.callbacks.group)),
      takers_(request.batches.gives_parts() ? 1 : request.callbacks.world.size),
      planned_steps_(planned_steps(options_, request.batches.batches_per_epoch(), takers_)),
      validation_interval_(validation_interval(options_, request.batches.batches_per_epoch(), takers_)),
      schedule_(make_schedule(options_, planned_steps_)),
      parameters_(model.module()),
      optimizer_(parameters_, options_),
      family_weights_(options_, request.batches.family_names()),
      early_stopping_(options_.patience, request.callbacks.metric.better),
      journal_({.run = request.run,
                .planned_steps = planned_steps_,
                .resumed_at = resumed != nullptr ? std::optional(resumed->state().step) : std::nullopt,
                .family_names = request.batches.family_names(),
                .metric = request.callbacks.metric.name,
                .description = request.callbacks.description,
                .metrics_file = request.callbacks.world.leads() ? request.options.metrics_file : ""}) {
  state_.world = takers_;
  saved_step_ = journal_.saved_step();
  find_sharded();
  if (options_.by_units()) {
    UnitSource* units = request.batches.units();
    if (units == nullptr) {
      throw usage_error("this training has no units", {.where = "privacy.unit, federated.clients, reptile.users",
                                                       .expected = "off, or training on events"});
    }
    unit_steps_.emplace(*units, options_, parameters_, together_, planned_steps_);
  } else if (together_ != nullptr && model_.torch_device().is_cpu()) {
    buckets_.emplace(parameters_, *together_, own_.begin, own_.end);
  }
  if (options_.average > 0) average_ = parameters_.weights().clone();
  if (resumed != nullptr) {
    restore(*resumed);
  } else {
    torch::manual_seed(options_.seed + static_cast<std::uint64_t>(request.callbacks.world.rank));
  }
  if (together_ == nullptr) return;
  if (family_weights_.learned()) {
    throw usage_error("learned weights of families are those of one process",
                      {.where = "train.family_weights = learned", .expected = "fixed, or one process"});
  }
  together_->require_equal("configuration", fingerprint_of(fixed_options(options_)));
  together_->require_equal("data", stable_hash(request.batches.state()));
  together_->require_equal("number of weights",
                           static_cast<std::uint64_t>(parameters_.size() - (own_.end - own_.begin)));
  for_common(parameters_.weights(), [&](torch::Tensor weights) { together_->from_first(weights); });
  if (request.callbacks.joined) request.callbacks.joined(*together_);
}

void Trainer::find_sharded() {
  for (const FlatParameters::Range& range : parameters_.ranges()) {
    const std::int64_t rows = model_.sharded_rows(range.name);
    if (rows == 0 || together_ == nullptr) continue;
    sharded_ = ShardedTensor{.name = range.name, .rows = ShardedRows(together_, rows)};
    own_ = range;
  }
  if (!sharded_) return;
  optimizer_.share_norm(own_.begin, own_.end, [this](double squares) {
    torch::Tensor sum = torch::tensor({squares}, torch::kDouble);
    together_->sum(sum);
    return sum.item<double>();
  });
}

template <typename Use>
void Trainer::for_common(const torch::Tensor& flat, const Use& use) const {
  if (own_.begin > 0) use(flat.narrow(0, 0, own_.begin));
  use(flat.narrow(0, own_.end, flat.numel() - own_.end));
}

TrainResult Trainer::run() {
  log_info(fmt::format("training: {} planned, {} done", counted(static_cast<std::uint64_t>(planned_steps_), "step"),
                       state_.step),
           {{"planned_steps", planned_steps_}, {"step", state_.step}});
  log_debug(fmt::format("{} weights, {} of them with decay", parameters_.size(), parameters_.decayed_size()));
  model_.module().train();
  if (request_.callbacks.beyond_plan) {
    begun_at_ = elapsed();
    early_stopping_.forget_stale();
  }
  if (options_.step_minutes() > 0) journal_.end_within(options_.step_minutes() * 60 - elapsed());
  std::string reason = reason_to_stop();
  // The validation that an interruption left out; validations and steps follow the order of an unbroken run.
  const bool first = options_.validate_first && state_.step == 0;
  if (reason.empty() && (first || (request_.resume && validation_due()))) {
    validate();
    save();
    reason = reason_to_stop();
  }
  if (reason.empty() && state_.step == 0 && request_.callbacks.begin) {
    const auto begun = Clock::now();
    request_.callbacks.begin();
    if (together_ != nullptr) {
      together_->meet();
      for_common(parameters_.weights(), [&](torch::Tensor weights) { together_->from_first(weights); });
    }
    preparation_ = Clock::now() - begun;  // the minutes of the steps are not for this
    if (options_.step_minutes() > 0) {
      journal_.end_within(options_.step_minutes() * 60 + std::chrono::duration<double>(preparation_).count());
    }
    start_ += preparation_;
    torch::manual_seed(options_.seed + static_cast<std::uint64_t>(request_.callbacks.world.rank));  // whatever it drew
    if (average_.defined()) average_.copy_(parameters_.weights());
    model_.module().train();
    reason = reason_to_stop();
  }
  for (; reason.empty(); reason = reason_to_stop()) {
    take_step();
    const bool validate_now = validation_due();
    if (validate_now) validate();
    if (validate_now || save_due()) save();
  }
  return finish(std::move(reason));
}

void Trainer::take_step() {
  const auto begin = Clock::now();
  Gathered gathered;
  double divisor = 0;
  if (unit_steps_) divisor = add_units(gathered);
  for (std::int64_t i = 0; !unit_steps_ && i < options_.accumulate; ++i) {
    if (buckets_ && i + 1 == options_.accumulate) buckets_->begin();
    add_batch(gathered);
  }
  double lr = request_.callbacks.beyond_plan ? schedule_.at(0, time_share()) : schedule_.at(state_.step, time_share());
  join(gathered, lr);
  if (gathered.weight == 0) {  // a step that drew no unit
    gathered.loss = smooth_loss();
    gathered.weight = 1;
  }
  const double loss = gathered.loss / gathered.weight;
  if (!std::isfinite(loss)) throw diverged(state_.step + 1, "loss", loss);
  const double norm = step_optimizer(lr, unit_steps_ ? divisor : gathered.weight);
  if (!std::isfinite(norm)) throw diverged(state_.step + 1, "gradient", norm);
  family_weights_.step(lr);
  ++state_.step;
  if (average_.defined()) average_weights();
  gathered.cost.seconds = seconds_between(begin, Clock::now());
  note(std::move(gathered), lr, norm);
}

void Trainer::join(Gathered& gathered, double& lr) {
  if (together_ == nullptr) return;
  if (buckets_) {
    buckets_->finish();
  } else if (!unit_steps_) {  // a step by units has been summed
    for_common(parameters_.gradient(), [&](torch::Tensor gradient) { together_->sum(gradient); });
  }
  const bool leads = request_.callbacks.world.leads();
  torch::Tensor numbers = torch::tensor(
      {gathered.loss, gathered.weight, static_cast<double>(gathered.cost.tokens),
       static_cast<double>(gathered.cost.padded_tokens), leads ? lr : 0.0, leads && own_save_due() ? 1.0 : 0.0},
      torch::kDouble);
  together_->sum(numbers);
  const double* sums = numbers.data_ptr<double>();
  gathered.loss = sums[0];
  gathered.weight = sums[1];
  gathered.cost.tokens = static_cast<std::int64_t>(sums[2]);
  gathered.cost.padded_tokens = static_cast<std::int64_t>(sums[3]);
  lr = sums[4];
  save_due_ = sums[5] > 0;
}

bool Trainer::own_save_due() const {
  return journal_.minutes_since_save() >= static_cast<double>(options_.checkpoint_minutes);
}

bool Trainer::save_due() const { return together_ != nullptr ? save_due_ : own_save_due(); }

std::string Trainer::agreed(std::string own) const {
  if (together_ == nullptr) return own;
  static constexpr std::array kReasons = {"", "epochs", "max-steps", "patience", "minutes", "privacy"};
  const auto known = std::ranges::find(kReasons, own);
  const bool stopped = known == kReasons.end();  // by a signal or a caller
  const double code = stopped ? 0 : static_cast<double>(known - kReasons.begin());
  torch::Tensor votes =
      torch::tensor({request_.callbacks.world.leads() ? code : 0.0, stopped ? 1.0 : 0.0}, torch::kDouble);
  together_->sum(votes);
  if (votes[1].item<double>() > 0) return stopped ? own : "request";
  return kReasons[static_cast<std::size_t>(votes[0].item<double>())];
}

// Batch b of the stream is that of rank b mod processes, so that no batch is read twice and a step of all processes has
// the batches that one process with train.accumulate times as many would have.
TokenBatch Trainer::next_batch() {
  TokenBatch own;
  for (std::int64_t taker = 0; taker < takers_; ++taker) {
    TokenBatch batch = request_.batches.next();
    if (takers_ == 1 || taker == request_.callbacks.world.rank) own = std::move(batch);
  }
  state_.batches += takers_;
  return own;
}

std::vector<double> Trainer::learning_rate_shares() const {
  const double progress =
      std::max(static_cast<double>(state_.step) / static_cast<double>(std::max<std::int64_t>(planned_steps_, 1)),
               options_.step_minutes() > 0 ? time_share() : 0.0);
  std::vector<double> shares;
  bool same = true;
  for (const FlatParameters::Range& range : parameters_.ranges()) {
    shares.push_back(model_.learning_rate_share(range.name, std::min(progress, 1.0)));
    same = same && shares.back() == 1.0;
  }
  return same ? std::vector<double>() : shares;
}

double Trainer::step_optimizer(double lr, double weight) {
  const std::vector<double> shares = learning_rate_shares();
  return shares.empty() ? optimizer_.step(lr, weight) : optimizer_.step(lr, weight, shares);
}

double Trainer::add_units(Gathered& gathered) {
  UnitSteps::Work work;
  work.loss = [&](const TokenBatch& batch) { return loss_of(batch, gathered).mean; };
  const std::vector<double> shares = learning_rate_shares();
  const std::vector<FlatParameters::Range> ranges = parameters_.ranges();
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (shares[i] == 0) work.frozen.emplace_back(ranges[i].begin, ranges[i].end);
  }
  ++state_.batches;
  return unit_steps_->run(state_.step, work);
}

std::optional<TrainPrivacy> Trainer::privacy() const {
  if (!unit_steps_ || !unit_steps_->plan()) return std::nullopt;
  const PrivacyPlan& plan = *unit_steps_->plan();
  return TrainPrivacy{.plan = plan,
                      .steps = state_.step,
                      .epsilon = plan.after(state_.step).epsilon,
                      .clipped = unit_steps_->clipped_share(),
                      .secret = options_.privacy.secret_noise};
}

// Polyak and Juditsky 1992, exponentially. The decay grows with the steps, so that the first weights are forgotten.
void Trainer::average_weights() {
  const torch::NoGradGuard no_gradient;
  const double steps = static_cast<double>(state_.step);
  average_.lerp_(parameters_.weights(), 1 - std::min(options_.average, (1 + steps) / (10 + steps)));
}

class Trainer::Averaged {
 public:
  explicit Averaged(Trainer& trainer) : trainer_(trainer) { swap(); }
  ~Averaged() { swap(); }
  Averaged(const Averaged&) = delete;
  Averaged& operator=(const Averaged&) = delete;

 private:
  void swap() {
    if (!trainer_.average_.defined()) return;
    const torch::NoGradGuard no_gradient;
    const torch::Tensor other = trainer_.average_.clone();
    trainer_.average_.copy_(trainer_.parameters_.weights());
    trainer_.parameters_.weights().copy_(other);
  }
  Trainer& trainer_;
};

void Trainer::add_batch(Gathered& gathered) {
  const auto begin = Clock::now();
  TokenBatch batch = next_batch();
  gathered.cost.waited += seconds_between(begin, Clock::now());
  family_weights_.apply(batch);
  // A batch weighs as much as it has tokens; the optimizer divides by the sum.
  note_pass(batch, model_.add_gradients(batch, options_.precision == TrainOptions::Precision::kBfloat16), gathered);
}

TrainingLoss Trainer::loss_of(const TokenBatch& batch, Gathered& gathered) {
  TrainingLoss loss = [&] {
    const AutocastScope products(model_.torch_device(), options_.precision == TrainOptions::Precision::kBfloat16);
    return model_.training_loss(batch);
  }();
  note_pass(batch, pass_of(loss), gathered);
  return loss;
}

void Trainer::note_pass(const TokenBatch& batch, const TrainingPass& pass, Gathered& gathered) {
  gathered.loss += pass.mean * pass.tokens;
  gathered.weight += pass.tokens;
  gathered.cost.tokens += batch.token_count();
  gathered.cost.padded_tokens += pass.padded_tokens;
  if (!batch.family.empty()) {
    gathered.row_loss.insert(gathered.row_loss.end(), pass.rows.begin(), pass.rows.end());
    gathered.row_family.insert(gathered.row_family.end(), batch.family.begin(), batch.family.end());
  }
  family_weights_.add_rows(pass.rows, batch.family);
}

void Trainer::note(Gathered gathered, double lr, double gradient_norm) {
  const double loss = gathered.loss / gathered.weight;
  state_.smooth_loss = kSmoothing * state_.smooth_loss + (1 - kSmoothing) * loss;
  state_.tokens += gathered.cost.tokens;
  state_.step_seconds += gathered.cost.seconds;
  journal_.step(
      {.step = state_.step,
       .epoch = epoch(),
       .seconds = elapsed(),
       .loss = loss,
       .smooth_loss = smooth_loss(),
       .lr = lr,
       .gradient_norm = gradient_norm,
       .tokens_per_second = static_cast<double>(state_.tokens) / std::max(1e-9, state_.step_seconds),
       .cost = gathered.cost,
       .row_loss = std::move(gathered.row_loss),
       .row_family = std::move(gathered.row_family),
       .family_weight = family_weights_.learned() ? family_weights_.weights() : std::map<std::string, double>()});
}

bool Trainer::validation_due() const {
  return validation_interval_ > 0 && state_.step % validation_interval_ == 0 && state_.validated_step != state_.step &&
         state_.step > 0;
}

void Trainer::validate() {
  if (!request_.callbacks.validate) return;
  journal_.flush();
  const Averaged averaged(*this);
  std::optional<double> metric = request_.callbacks.validate(request_.model, state_.step, epoch());
  model_.module().train();
  if (together_ != nullptr) {  // all decide by the figure of rank 0
    together_->meet();
    torch::Tensor figure = torch::tensor({metric.value_or(std::nan(""))}, torch::kDouble);
    together_->from_first(figure);
    const double first = figure.item<double>();
    metric = std::isnan(first) ? std::nullopt : std::optional(first);
  }
  if (!metric) return;
  const bool best = early_stopping_.update(*metric, state_.step);
  // Weights of private training are those of its last step: a choice by events would tell of them.
  if (best && !options_.privacy.on() && !request_.callbacks.keep_last)
    best_weights_ = parameters_.weights().to(torch::kCPU, /*non_blocking=*/false, /*copy=*/true);
  state_.validated_step = state_.step;
  if (options_.weight_histograms) note_weights();
  journal_.validation({state_.step, epoch(), *metric, best, elapsed()}, smooth_loss());
  last_metric_ = *metric;
  if (const auto spent = privacy()) {
    log_info(fmt::format("step {}: epsilon {:.3g} of one {} spent, at delta {:.2g}", state_.step, spent->epsilon,
                         spent->plan.unit, spent->plan.delta),
             {{"step", state_.step}, {"epsilon", spent->epsilon}, {"delta", spent->plan.delta}});
  }
}

// Of a large table, every so many-th number tells as much.
void Trainer::note_weights() {
  constexpr std::int64_t kSampled = 65536;
  const torch::NoGradGuard no_gradient;
  for (const auto& [name, weights] : parameters_.views(parameters_.weights())) {
    const torch::Tensor flat = weights.reshape({-1});
    const std::int64_t stride = std::max<std::int64_t>(1, flat.numel() / kSampled);
    const torch::Tensor some = flat.slice(0, 0, flat.numel(), stride).contiguous().cpu();
    journal_.weights(name, histogram_of({some.data_ptr<float>(), static_cast<std::size_t>(some.numel())}), state_.step);
  }
}

std::string Trainer::reason_to_stop() const { return agreed(own_reason_to_stop()); }

std::string Trainer::own_reason_to_stop() const {
  if (std::string who = request_.callbacks.stop.reason(); !who.empty()) return who;
  const bool planned = !request_.callbacks.beyond_plan;
  if (unit_steps_ && unit_steps_->plan() && unit_steps_->plan()->target > 0 && state_.step >= planned_steps_ &&
      !planned) {
    return "privacy";
  }
  if (planned && state_.step >= planned_steps_) return options_.max_steps > 0 ? "max-steps" : "epochs";
  if (early_stopping_.should_stop()) return "patience";
  if (options_.step_minutes() > 0 && elapsed() >= options_.step_minutes() * 60) return "minutes";
  return {};
}

TrainResult Trainer::finish(std::string reason) {
  const bool interrupted = reason == "request" || reason == request_.callbacks.stop.reason();
  if (!interrupted && request_.callbacks.validate && state_.validated_step != state_.step) {
    validate();
    save();
    if (state_.validated_step != state_.step) reason = reason_to_stop();
  }
  if (saved_step_ != state_.step) save();
  if (together_ != nullptr) together_->meet();  // rank 0 has saved
  if (const torch::Tensor& kept = best_weights_.defined() ? best_weights_ : average_; kept.defined()) {
    const torch::NoGradGuard no_gradient;
    parameters_.weights().copy_(kept);
  }
  model_.module().eval();
  journal_.finish();
  const EarlyStopping::State& early = early_stopping_.state();
  TrainResult result;
  result.steps = state_.step;
  result.epochs = epoch();
  result.metric = request_.callbacks.metric.name;
  result.best_metric = std::isfinite(early.best) ? early.best : 0;
  result.best_step = early.best_step;
  result.privacy = privacy();
  if (result.privacy && last_metric_) {
    result.best_metric = *last_metric_;
    result.best_step = state_.validated_step;
  }
  result.last_loss = smooth_loss();
  result.tokens_per_second = static_cast<double>(state_.tokens) / std::max(1e-9, state_.step_seconds);
  result.seconds = elapsed() + std::chrono::duration<double>(preparation_).count();
  result.threads = static_cast<std::int64_t>(layer_threads());
  result.stopped_by = std::move(reason);
  return result;
}

double Trainer::elapsed() const { return state_.seconds + seconds_between(start_, Clock::now()); }

double Trainer::time_share() const {
  const double limit = options_.step_minutes() * 60;
  return limit <= begun_at_ ? 0.0 : (elapsed() - begun_at_) / (limit - begun_at_);
}

double Trainer::epoch() const {
  return static_cast<double>(state_.batches) / static_cast<double>(request_.batches.batches_per_epoch());
}

// The exponential mean, corrected for its bias to 0 in the first steps.
double Trainer::smooth_loss() const {
  const double weight = 1 - std::pow(kSmoothing, static_cast<double>(state_.step));
  return state_.step == 0 ? 0 : state_.smooth_loss / weight;
}

namespace {

std::optional<Checkpoint> checkpoint_to_resume(const FitRequest& request) {
  if (!request.resume) {
    Checkpoint::remove(request.run);
    std::error_code ignored;
    std::filesystem::remove_all(request.run / "tensorboard", ignored);
    return std::nullopt;
  }
  const auto& elsewhere = request.callbacks.checkpoint_run;
  std::optional<Checkpoint> checkpoint = Checkpoint::open(elsewhere.empty() ? request.run : elsewhere);
  if (checkpoint) {
    require_same_options(
        checkpoint->state(), request.options,
        planned_steps(request.options, request.batches.batches_per_epoch(), checkpoint->state().world));
  }
  return checkpoint;
}

}  // namespace

extern "C" void p5_torch_fit(const FitRequest& request, TrainResult& result) {
  auto& model = ability_of<TrainableModel>(request.model);
  result = with_torch_errors([&] {
    std::optional<Checkpoint> resumed = checkpoint_to_resume(request);
    Trainer trainer(request, model, resumed ? &*resumed : nullptr);
    resumed.reset();  // open files would keep a replaced checkpoint on the disk
    return trainer.run();
  });
}

}  // namespace p5
