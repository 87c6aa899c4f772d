// Objectives that learn from rewards: REINFORCE with top-K off-policy correction, conservative Q-learning.
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "encoders/objective_module.h"

namespace p5 {
namespace {

// Rewards or returns of the kept targets, [targets].
torch::Tensor values_of(const ObjectiveInput& input, const KeptTargets& kept) {
  std::vector<float> values;
  for (const std::int64_t place : kept.places) {
    const float value = input.batch.target_value.at(static_cast<std::size_t>(place));
    values.push_back(std::isfinite(value) ? value : 0.0f);
  }
  return torch::tensor(values);
}

torch::Tensor of_labels(const torch::Tensor& table, const torch::Tensor& labels) {
  return table.gather(1, labels.unsqueeze(1)).squeeze(1);
}

// reinforce: top_k_reinforce() of the softmax over all items, with the returns of the log. The policy of the log, beta,
// is a softmax of a head of its own over the same states; it learns by cross entropy, and its gradient stops at the
// states, as in the paper.
class TopKReinforce final : public Objective {
 public:
  TopKReinforce(const ObjectiveRow& row, const EncoderSpec& spec) : Objective(row, spec) {
    behavior_ = weight("behavior_table", {spec.items, spec.options.width});
  }

  ObjectiveLosses losses(const ObjectiveInput& input) override {
    KeptTargets kept = kept_targets(input.batch, input.spec);
    const torch::Tensor labels = torch::tensor(kept.labels);
    const torch::Tensor states = target_states(input, kept);
    const torch::Tensor log_policy =
        of_labels(item_logits(input, input.encoder, states, input.item_vectors(), kept.places).log_softmax(-1), labels);
    const torch::Tensor log_behavior = of_labels(torch::linear(states.detach(), behavior_).log_softmax(-1), labels);
    const EncoderOptions& options = input.spec.options;
    const torch::Tensor values =
        top_k_reinforce(log_policy, log_behavior, values_of(input, kept), options.top_k, options.weight_cap);
    return {.values = values, .rows = std::move(kept.rows), .penalty = -log_behavior.mean()};
  }

 private:
  torch::Tensor behavior_;
};

// q-learning: conservative_q_losses() with Q(s, a) = v . h + b + the logit of a, so that the order of items is that of
// the logits, which answer, and their level is free. The target network is a copy of the encoder that follows it,
// a share of encoder.target_rate at each step. The next state of a target is that of the next place of its row.
class QLearning final : public Objective {
 public:
  QLearning(const ObjectiveRow& row, const EncoderSpec& spec) : Objective(row, spec) {
    level_ = weight("level_weight", {1, spec.options.width});
    level_bias_ = weight("level_bias", {1});
    target_level_ = weight("target_level_weight", {1, spec.options.width});
    target_level_bias_ = weight("target_level_bias", {1});
    began_ = weight("began", {1});
    EncoderSpec answers = spec;
    answers.facts = nullptr;  // without objectives
    target_ = register_module("target", std::make_shared<EncoderModule>(answers));
  }

  ObjectiveLosses losses(const ObjectiveInput& input) override {
    follow(input.encoder, input.spec.options.target_rate);
    KeptTargets kept = kept_targets(input.batch, input.spec);
    QValues values{.q = {},
                   .labels = torch::tensor(kept.labels),
                   .rewards = values_of(input, kept),
                   .next = torch::tensor(next_of(kept)),
                   .target_q = {}};
    const torch::Tensor states = target_states(input, kept);
    values.q = item_logits(input, input.encoder, states, input.item_vectors(), kept.places) +
               torch::linear(states, level_, level_bias_);
    {
      const torch::NoGradGuard guard;
      target_->eval();
      const torch::Tensor vectors = target_->token_vectors();
      const torch::Tensor later =
          target_states(target_->forward(EncoderRows::of(input.batch), vectors, reading_), kept);
      values.target_q = item_logits(input, *target_, later, vectors.narrow(0, 1, input.spec.items), kept.places) +
                        torch::linear(later, target_level_, target_level_bias_);
    }
    return {.values = conservative_q_losses(values, input.spec.options.discount, input.spec.options.conservative),
            .rows = std::move(kept.rows),
            .penalty = {}};
  }

 private:
  // Targets stand in the order of their places; those of a row follow each other.
  static std::vector<std::int64_t> next_of(const KeptTargets& kept) {
    std::vector<std::int64_t> next(kept.rows.size(), -1);
    for (std::size_t i = 0; i + 1 < next.size(); ++i) {
      if (kept.rows[i + 1] == kept.rows[i]) next[i] = static_cast<std::int64_t>(i) + 1;
    }
    return next;
  }

  // The first step takes all of the encoder.
  void follow(const EncoderModule& encoder, double rate) {
    const torch::NoGradGuard guard;
    const double share = began_.item<float>() > 0 ? rate : 1.0;
    began_.fill_(1.0);
    const auto towards = [share](torch::Tensor& target, const torch::Tensor& now) {
      target.mul_(1 - share).add_(now, share);
    };
    towards(target_level_, level_);
    towards(target_level_bias_, level_bias_);
    auto targets = target_->named_parameters();
    for (const auto& item : encoder.named_parameters()) {
      if (EncoderModule::is_of_objective(item.key())) continue;
      towards(targets[item.key()], item.value());
    }
  }

  torch::Tensor level_, level_bias_, target_level_, target_level_bias_, began_;
  std::shared_ptr<EncoderModule> target_;
};

}  // namespace

torch::Tensor top_k_reinforce(const torch::Tensor& log_policy, const torch::Tensor& log_behavior,
                              const torch::Tensor& returns, std::int64_t top_k, double cap) {
  const torch::Tensor fixed = log_policy.detach();
  const torch::Tensor weights = (fixed - log_behavior.detach()).exp().clamp_max(cap);
  const torch::Tensor multiplier =
      static_cast<double>(top_k) * (1 - fixed.exp()).clamp_min(0).pow(static_cast<double>(top_k - 1));
  return -weights * multiplier * returns * log_policy;
}

torch::Tensor conservative_q_losses(const QValues& values, double discount, double alpha) {
  const torch::Tensor taken = of_labels(values.q, values.labels);
  const torch::Tensor known = (values.next >= 0).to(torch::kFloat);
  const torch::Tensor next = values.next.clamp_min(0);
  const torch::Tensor best = values.q.detach().argmax(1).index_select(0, next);
  const torch::Tensor later = of_labels(values.target_q.index_select(0, next), best);
  const torch::Tensor wanted = (values.rewards + discount * later).detach();
  return alpha * (values.q.logsumexp(1) - taken) + 0.5 * known * (taken - wanted).square();
}

std::shared_ptr<Objective> make_reinforce(const ObjectiveRow& row, const EncoderSpec& spec) {
  return std::make_shared<TopKReinforce>(row, spec);
}
std::shared_ptr<Objective> make_q_learning(const ObjectiveRow& row, const EncoderSpec& spec) {
  return std::make_shared<QLearning>(row, spec);
}

}  // namespace p5
