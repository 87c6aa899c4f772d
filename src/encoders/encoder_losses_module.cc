#include "encoders/encoder_losses_module.h"

namespace p5 {
namespace {

torch::Tensor softmax_losses(const LossInput& input) {
  if (input.evidence != nullptr) return cross_entropy(input.states, input.items, input.labels, *input.evidence);
  if (fused_layers_apply(input.states)) return fused_cross_entropy(input.states, input.items, input.labels);
  return torch::nll_loss(torch::linear(input.states, input.items).log_softmax(-1), input.labels, {},
                         at::Reduction::None);
}

struct Pairs {
  torch::Tensor label;     // [targets, 1]
  torch::Tensor negative;  // [targets, negatives]
  torch::Tensor counts;    // [targets, negatives] 0 where the draw was the label
};

// Logits of the labels and of uniform draws for each target.
Pairs draw_pairs(const LossInput& input) {
  const std::int64_t targets = input.labels.size(0);
  const torch::Tensor drawn = torch::randint(input.items.size(0), {targets, input.negatives}, input.labels.options());
  const torch::Tensor vectors = input.items.index_select(0, drawn.reshape({-1})).view({targets, input.negatives, -1});
  return {.label = (input.states * input.items.index_select(0, input.labels)).sum(-1, true),
          .negative = torch::bmm(vectors, input.states.unsqueeze(-1)).squeeze(-1),
          .counts = (drawn != input.labels.unsqueeze(1)).to(torch::kFloat)};
}

// -log sigmoid(label) - the mean of log sigmoid(-negative): SASRec's own loss, for any number of draws.
torch::Tensor binary_losses(const LossInput& input) {
  const Pairs pairs = draw_pairs(input);
  return -torch::log_sigmoid(pairs.label).squeeze(1) - (torch::log_sigmoid(-pairs.negative) * pairs.counts).mean(1);
}

// -log sigmoid(label - negative), Rendle et al. 2009.
torch::Tensor pairwise_losses(const LossInput& input) {
  const Pairs pairs = draw_pairs(input);
  return -(torch::log_sigmoid(pairs.label - pairs.negative) * pairs.counts).mean(1);
}

}  // namespace

torch::Tensor encoder_losses(EncoderOptions::Loss loss, const LossInput& input) {
  switch (loss) {
    case EncoderOptions::Loss::kSampledSoftmax:
      return sampled_cross_entropy(input.states, input.items, input.labels, input.evidence, input.drawn);
    case EncoderOptions::Loss::kBinary:
      return binary_losses(input);
    case EncoderOptions::Loss::kPairwise:
      return pairwise_losses(input);
    case EncoderOptions::Loss::kAuto:  // settled before a model is made
    case EncoderOptions::Loss::kSoftmax:
      break;
  }
  return softmax_losses(input);
}

}  // namespace p5
