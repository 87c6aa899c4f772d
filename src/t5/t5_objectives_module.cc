#include "t5/t5_objectives_module.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "model/token_batch_check.h"
#include "nn/fused_layers_module.h"
#include "nn/sampled_cross_entropy_module.h"
#include "p5/error.h"
#include "t5/target_groups.h"

namespace p5 {
namespace {

// Only the states of kept tokens: padding is never multiplied by the output matrix.
torch::Tensor kept_states(const torch::Tensor& states, const TargetTensors& target) {
  const torch::Tensor rows = states.reshape({-1, states.size(-1)});
  return target.kept.size(0) == rows.size(0) ? rows : rows.index_select(0, target.kept);
}

// -log softmax(states * output^T)[label], [rows].
torch::Tensor label_losses(const torch::Tensor& states, const torch::Tensor& output, const torch::Tensor& labels) {
  if (fused_layers_apply(states)) return fused_cross_entropy(states, output, labels);
  return torch::nll_loss(torch::linear(states, output).log_softmax(-1), labels, {}, at::Reduction::None);
}

SparseLogits sparse_logits(const T5Module& module, const KnownColumns& known, torch::Device device) {
  return {.offsets = torch::tensor(known.offsets),
          .columns = torch::tensor(known.columns),
          .bias = module.evidence_bias(torch::tensor(known.depth).to(device), torch::tensor(known.feature).to(device),
                                       torch::tensor(known.repeat).to(device)),
          .shares = torch::tensor(known.share).to(device)};
}

// By the softmax over the set of a group, or an estimate of it where the batch says how many tokens of a set are drawn.
torch::Tensor set_losses(const torch::Tensor& states, const torch::Tensor& output, const torch::Tensor& labels,
                         const SparseLogits* known, std::int64_t draws) {
  const bool learns = torch::GradMode::is_enabled() && states.requires_grad();
  if (draws > 0 && draws < output.size(0) && learns && states.is_cpu()) {
    return sampled_cross_entropy(
        states, output, labels, known,
        draw_columns(torch::full({output.size(0)}, static_cast<double>(draws) / static_cast<double>(output.size(0)))));
  }
  return known == nullptr ? label_losses(states, output, labels) : cross_entropy(states, output, labels, *known);
}

// Labels whose sets are listed one by one.
torch::Tensor listed_losses(const torch::Tensor& states, const T5Module& module, const ListedColumns& listed) {
  torch::Tensor bias =
      torch::zeros({static_cast<std::int64_t>(listed.columns.size())}, states.options().dtype(torch::kFloat));
  if (const KnownColumns& known = listed.known; !known.columns.empty()) {
    const torch::Device device = states.device();
    bias = bias.index_add(
        0, torch::tensor(known.columns).to(device),
        module.evidence_bias(torch::tensor(known.depth).to(device), torch::tensor(known.feature).to(device),
                             torch::tensor(known.repeat).to(device)));
  }
  return listed_cross_entropy(states, module.output_weight(),
                              {.offsets = torch::tensor(listed.offsets),
                               .columns = torch::tensor(listed.columns),
                               .bias = bias,
                               .target = torch::tensor(listed.target).to(states.device())});
}

// The same with each token's softmax over the set that it competes in, and with what is known of those tokens.
torch::Tensor grouped_losses(const torch::Tensor& states, const T5OnDevice& model, const TokenBatch& batch,
                             std::int64_t draws) {
  const auto ids = [&](const auto& values) {
    return torch::tensor(std::vector<std::int64_t>(values.begin(), values.end())).to(states.device());
  };
  const torch::Tensor& output = model.module.output_weight();
  const EvidenceShape shape = {model.spec.evidence_depths, model.spec.evidence_ages};
  constexpr std::size_t kFewEntries = 8192;  // below, a product of its own costs more than it saves
  std::vector<TargetGroup> groups = group_targets(batch, model.spec.vocab_size);
  const ListedColumns listed =
      listed_columns(batch, shape, {.entries = kFewEntries, .tokens = static_cast<std::size_t>(draws)}, groups);
  std::vector<torch::Tensor> losses, places;
  if (!listed.places.empty()) {
    places.push_back(ids(listed.places));
    losses.push_back(listed_losses(states.index_select(0, places.back()), model.module, listed));
  }
  for (const TargetGroup& group : groups) {
    const torch::Tensor rows = group.tokens == nullptr ? output : output.index_select(0, ids(*group.tokens));
    places.push_back(ids(group.places));
    const torch::Tensor asked = states.index_select(0, places.back());
    KnownColumns known;
    if (shape.depths > 0 && !batch.evidence.empty()) known = known_columns(batch, group, shape);
    SparseLogits logits;
    if (!known.columns.empty()) logits = sparse_logits(model.module, known, states.device());
    losses.push_back(set_losses(asked, rows, ids(group.labels), known.columns.empty() ? nullptr : &logits,
                                group.tokens == nullptr ? 0 : draws));
  }
  if (places.empty()) return states.sum(1) * 0.0;  // all labels are certain
  return torch::zeros({states.size(0)}, states.options()).index_copy(0, torch::cat(places), torch::cat(losses));
}

// What every objective is made of.
struct TokenLosses {
  torch::Tensor losses;  // [kept], with their graph
  TargetTensors target;
  std::int64_t padded_tokens = 0;
};

// -log p of every kept target token, over the whole vocabulary or the set that the token competes in; `draws`: as
// TokenBatch::set_draws.
TokenLosses losses_of_tokens(const T5OnDevice& model, const TokenBatch& batch, std::int64_t draws) {
  const SourceTensors source = source_tensors(batch, model.spec, model.device);
  TargetTensors target = target_tensors(batch, model.spec, model.device, TargetPadding::kByRun);
  const torch::Tensor states = model.module.decode(target.input, target.runs, model.module.encode(source), source.mask);
  const bool grouped = !batch.target_set.empty() || (model.spec.evidence_depths > 0 && !batch.evidence.empty());
  torch::Tensor losses = grouped ? grouped_losses(kept_states(states, target), model, batch, draws)
                                 : token_losses(model.module, states, target);
  const std::int64_t padded = source.tokens.numel() + target.input.numel();
  return {std::move(losses), std::move(target), padded};
}

TrainingLoss token_cross_entropy(const T5OnDevice& model, const TokenBatch& batch) {
  const torch::Tensor weights = row_weights(batch, model.device);
  const auto [losses, target, padded] = losses_of_tokens(model, batch, batch.set_draws);
  TrainingLoss loss;
  loss.padded_tokens = padded;
  loss.rows = sum_by_row(losses.detach(), target).div_(target.counts.clamp_min(1.0));
  loss.tokens = weights.defined() ? weights.dot(target.counts).item<double>() : static_cast<double>(losses.size(0));
  // Weights may leave no row to average over; the loss is then 0 with a graph, not NaN.
  const double divisor = loss.tokens > 0 ? loss.tokens : 1.0;
  loss.mean = weights.defined() ? losses.dot(weights.index_select(0, target.row)) / divisor : losses.mean();
  return loss;
}

RowFactors factors_of_cross_entropy(const TokenBatch& batch) {
  check_row_weights(batch);
  RowFactors factors{.rows = batch.row_weight};
  factors.rows.resize(static_cast<std::size_t>(batch.rows), 1.0f);
  for (std::size_t i = 0; i < batch.target_mask.size(); ++i) {
    if (batch.target_mask[i] != 0) factors.tokens += factors.rows[i / static_cast<std::size_t>(batch.target_length)];
  }
  factors.divisor = factors.tokens > 0 ? factors.tokens : 1.0;
  return factors;
}

// REINFORCE (Williams 1992): the mean over rows of A * -log p(answer), with advantages A as weights of rows. A batch
// weighs as many tokens as it has.
TrainingLoss policy_gradient(const T5OnDevice& model, const TokenBatch& batch) {
  const torch::Tensor advantages = row_weights(batch, model.device);
  const auto [losses, target, padded] = losses_of_tokens(model, batch, 0);
  TrainingLoss loss;
  loss.padded_tokens = padded;
  loss.rows = sum_by_row(losses.detach(), target).div_(target.counts.clamp_min(1.0));
  loss.tokens = static_cast<double>(losses.size(0));
  loss.mean = losses.dot(advantages.index_select(0, target.row)) / static_cast<double>(batch.rows);
  return loss;
}

RowFactors factors_of_policy_gradient(const TokenBatch& batch) {
  check_row_weights(batch);
  const auto kept =
      std::count_if(batch.target_mask.begin(), batch.target_mask.end(), [](auto mask) { return mask != 0; });
  return {.rows = batch.row_weight, .divisor = static_cast<double>(batch.rows), .tokens = static_cast<double>(kept)};
}

}  // namespace

std::span<const T5Objective> t5_objectives() {
  static constexpr std::array<T5Objective, 2> kRows = {
      {{"token cross entropy", token_cross_entropy, factors_of_cross_entropy},
       {"policy gradient", policy_gradient, factors_of_policy_gradient}}};
  static_assert(kRows[kPolicyGradient].loss == policy_gradient);
  return kRows;
}

const T5Objective& t5_objective(std::uint8_t number) {
  std::string known;
  for (const T5Objective& row : t5_objectives()) {
    if (number-- == 0) return row;
    known += (known.empty() ? "" : ", ") + std::string(row.name);
  }
  throw usage_error("no such training objective",
                    {.where = "TokenBatch::objective", .expected = "the number of one of: " + known});
}

torch::Tensor token_losses(T5Module& module, const torch::Tensor& states, const TargetTensors& target) {
  return label_losses(kept_states(states, target), module.output_weight(), target.labels);
}

torch::Tensor sum_by_row(const torch::Tensor& losses, const TargetTensors& target) {
  return torch::zeros_like(target.counts).index_add_(0, target.row, losses);
}

}  // namespace p5
