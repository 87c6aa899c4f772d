// The seam of training: an objective turns a batch of histories into losses. One class for each kind, made from one
// list; objective_list.h says what each needs and whom it suits. Not thread-safe; draws come from torch's default
// generator.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "encoders/encoder_module.h"
#include "encoders/encoder_spec.h"
#include "encoders/kept_targets.h"
#include "encoders/objective_list.h"
#include "nn/fused_layers_module.h"
#include "nn/sampled_cross_entropy_module.h"
#include "text/token_batch.h"

namespace p5 {

struct ObjectiveInput {
  const TokenBatch& batch;  // EncoderBatches made it for this objective
  EncoderModule& encoder;
  // Of the encoder, or of the tokens of the batch alone (compact_batch.h): then it has no facts of items.
  const EncoderSpec& spec;
  torch::Tensor vectors;  // [vocabulary, width] of the spec's tokens
  DrawnColumns drawn;     // items that the sampled softmax compares with

  torch::Tensor item_vectors() const { return vectors.narrow(0, 1, spec.items); }
};

struct ObjectiveLosses {
  torch::Tensor values;            // [losses]; undefined or empty: the batch has nothing to learn from
  std::vector<std::int64_t> rows;  // [losses] the batch's row of each
  torch::Tensor penalty;           // scalar, added to their mean; undefined = none
};

class Objective : public torch::nn::Module {
 public:
  virtual ObjectiveLosses losses(const ObjectiveInput& input) = 0;

 protected:
  Objective(const ObjectiveRow& row, const EncoderSpec& spec)
      : encoder_row_(p5::encoder_row(spec.options.network)), reading_(row.reading_of(encoder_row_)) {}

  // A head of its own: weights begin at random, biases at 0.
  torch::Tensor weight(const std::string& name, torch::IntArrayRef shape) {
    return register_parameter(name, torch::zeros(shape));
  }
  // [rows, width]: the states that answer for these rows of tokens.
  torch::Tensor answers(const ObjectiveInput& input, std::vector<std::vector<TokenId>> rows) const;
  // [rows, width]: the state of the last token of each row, none of them empty.
  static torch::Tensor last_states(const ObjectiveInput& input, const std::vector<std::vector<TokenId>>& rows,
                                   Reading reading);
  // [targets, width] at kept places, with the reading of the objective.
  torch::Tensor target_states(const ObjectiveInput& input, const KeptTargets& kept) const;
  torch::Tensor target_states(const EncoderStates& states, const KeptTargets& kept) const;

  const EncoderRow& encoder_row_;
  const Reading reading_;  // with which the objective trains
};

std::shared_ptr<Objective> make_objective(const ObjectiveRow& row, const EncoderSpec& spec);

// -log(exp(s_ii / t) / sum_j exp(s_ij / t)) of similarities [rows, rows], [rows]: InfoNCE (van den Oord et al. 2018)
// with the other rows as negatives.
torch::Tensor info_nce(const torch::Tensor& similarities, double temperature);

// Evidence of the places of a batch as logits, with the factors of an encoder.
SparseLogits evidence_logits(const ObjectiveInput& input, const EncoderModule& encoder,
                             const std::vector<std::int64_t>& places);
// [places, items] what answers compare: products of states [places, width] with item vectors, and evidence where the
// encoder has some.
torch::Tensor item_logits(const ObjectiveInput& input, const EncoderModule& encoder, const torch::Tensor& states,
                          const torch::Tensor& items, const std::vector<std::int64_t>& places);

// What REINFORCE with top-K off-policy correction (Chen et al., "Top-K Off-Policy Correction for a REINFORCE
// Recommender System", WSDM 2019) descends, [targets]:
//
//   -min(pi / beta, cap) lambda R log pi,  lambda = K (1 - pi)^(K - 1)
//
// with gradients through the last log pi alone. All [targets]: the logarithms of the probabilities that the policy pi
// and the policy beta of the log give the item, and the return R.
torch::Tensor top_k_reinforce(const torch::Tensor& log_policy, const torch::Tensor& log_behavior,
                              const torch::Tensor& returns, std::int64_t top_k, double cap);

struct QValues {
  torch::Tensor q;         // [targets, items] of the state before each target
  torch::Tensor labels;    // [targets] int64
  torch::Tensor rewards;   // [targets]
  torch::Tensor next;      // [targets] int64: the target whose state comes after; -1: none is known
  torch::Tensor target_q;  // [targets, items] the same of the target network
};
// Conservative Q-learning for discrete actions (Kumar et al., NeurIPS 2020, CQL(H)) with double Q-learning (van Hasselt
// et al. 2016), [targets]:
//
//   alpha (log sum_a exp Q(s, a) - Q(s, a_t)) + (Q(s, a_t) - r_t - gamma Q'(s', argmax_a Q(s', a)))^2 / 2
//
// Q' is the target network. A target without a known next state has the first part alone.
torch::Tensor conservative_q_losses(const QValues& values, double discount, double alpha);

// The kinds, for the list.
std::shared_ptr<Objective> make_item_targets(const ObjectiveRow& row, const EncoderSpec& spec);
std::shared_ptr<Objective> make_row_reconstruction(const ObjectiveRow& row, const EncoderSpec& spec);
std::shared_ptr<Objective> make_interaction_matrix(const ObjectiveRow& row, const EncoderSpec& spec);
std::shared_ptr<Objective> make_contrastive_views(const ObjectiveRow& row, const EncoderSpec& spec);
std::shared_ptr<Objective> make_sequence_segment(const ObjectiveRow& row, const EncoderSpec& spec);
std::shared_ptr<Objective> make_next_session(const ObjectiveRow& row, const EncoderSpec& spec);
std::shared_ptr<Objective> make_attribute_information(const ObjectiveRow& row, const EncoderSpec& spec);
std::shared_ptr<Objective> make_attribute_prediction(const ObjectiveRow& row, const EncoderSpec& spec);
std::shared_ptr<Objective> make_triplets(const ObjectiveRow& row, const EncoderSpec& spec);
std::shared_ptr<Objective> make_rating_regression(const ObjectiveRow& row, const EncoderSpec& spec);
std::shared_ptr<Objective> make_reinforce(const ObjectiveRow& row, const EncoderSpec& spec);
std::shared_ptr<Objective> make_q_learning(const ObjectiveRow& row, const EncoderSpec& spec);

}  // namespace p5
