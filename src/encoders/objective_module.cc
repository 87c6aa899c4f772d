#include "encoders/objective_module.h"

#include "encoders/history_rows.h"
#include "p5/error.h"

namespace p5 {

torch::Tensor Objective::answers(const ObjectiveInput& input, std::vector<std::vector<TokenId>> rows) const {
  const bool asks_mask = encoder_row_.reading == Reading::kBothWays;
  const auto most = static_cast<std::size_t>(input.spec.options.history);
  for (std::vector<TokenId>& row : rows) {
    if (asks_mask) row.push_back(static_cast<TokenId>(input.spec.mask_token()));
    if (row.size() > most) row.erase(row.begin(), row.end() - static_cast<std::ptrdiff_t>(most));
  }
  return last_states(input, rows, encoder_row_.reading);
}

torch::Tensor Objective::last_states(const ObjectiveInput& input, const std::vector<std::vector<TokenId>>& rows,
                                     Reading reading) {
  const TokenBatch batch = source_batch(rows);
  std::vector<std::int64_t> last;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    last.push_back(static_cast<std::int64_t>(row) * batch.source_length + static_cast<std::int64_t>(rows[row].size()) -
                   1);
  }
  const torch::Tensor states = input.encoder.forward(EncoderRows::of(batch), input.vectors, reading).states;
  return states.reshape({-1, states.size(-1)}).index_select(0, torch::tensor(last));
}

torch::Tensor Objective::target_states(const ObjectiveInput& input, const KeptTargets& kept) const {
  return target_states(input.encoder.forward(EncoderRows::of(input.batch), input.vectors, reading_), kept);
}

torch::Tensor Objective::target_states(const EncoderStates& states, const KeptTargets& kept) const {
  return states.states.reshape({-1, states.states.size(-1)}).index_select(0, torch::tensor(kept.places));
}

torch::Tensor info_nce(const torch::Tensor& similarities, double temperature) {
  const torch::Tensor scores = similarities / temperature;
  return scores.logsumexp(1) - scores.diagonal();
}

SparseLogits evidence_logits(const ObjectiveInput& input, const EncoderModule& encoder,
                             const std::vector<std::int64_t>& places) {
  const TokenEvidence& evidence = input.batch.evidence;
  std::vector<std::int64_t> offsets{0}, columns, ages;
  std::vector<float> features, shares, aged;
  for (const std::int64_t place : places) {
    for (const KnownToken& known : evidence.at(static_cast<std::size_t>(place))) {
      const bool old = known.age < 0 || known.age >= input.spec.ages;
      columns.push_back(known.token - 1);
      features.push_back(known.feature);
      shares.push_back(known.share * evidence.distill);
      ages.push_back(old ? 0 : known.age);
      aged.push_back(old ? 0.0f : 1.0f);
    }
    offsets.push_back(static_cast<std::int64_t>(columns.size()));
  }
  torch::Tensor bias = torch::tensor(features) * encoder.gate;
  if (encoder.by_age.defined()) {
    bias = bias + encoder.by_age.index_select(0, torch::tensor(ages)) * torch::tensor(aged);
  }
  return {.offsets = torch::tensor(offsets),
          .columns = torch::tensor(columns),
          .bias = bias,
          .shares = torch::tensor(shares)};
}

torch::Tensor item_logits(const ObjectiveInput& input, const EncoderModule& encoder, const torch::Tensor& states,
                          const torch::Tensor& items, const std::vector<std::int64_t>& places) {
  const torch::Tensor logits = torch::linear(states, items);
  if (!encoder.gate.defined() || input.batch.evidence.empty()) return logits;
  const SparseLogits evidence = evidence_logits(input, encoder, places);
  const torch::Tensor counts = evidence.offsets.slice(0, 1) - evidence.offsets.slice(0, 0, -1);
  const torch::Tensor rows = torch::repeat_interleave(torch::arange(counts.size(0)), counts);
  return logits.index_put({rows, evidence.columns}, evidence.bias, /*accumulate=*/true);
}

std::shared_ptr<Objective> make_objective(const ObjectiveRow& wanted, const EncoderSpec& spec) {
  struct Row {
    ObjectiveKind kind;
    std::shared_ptr<Objective> (*make)(const ObjectiveRow&, const EncoderSpec&);
  };
  constexpr Row kObjectiveMakers[] = {
      {ObjectiveKind::kNextItem, make_item_targets},
      {ObjectiveKind::kMaskedItem, make_item_targets},
      {ObjectiveKind::kContrastive, make_contrastive_views},
      {ObjectiveKind::kItemAttribute, make_attribute_information},
      {ObjectiveKind::kSequenceAttribute, make_attribute_information},
      {ObjectiveKind::kSequenceSegment, make_sequence_segment},
      {ObjectiveKind::kNextSession, make_next_session},
      {ObjectiveKind::kTriplets, make_triplets},
      {ObjectiveKind::kAttributePrediction, make_attribute_prediction},
      {ObjectiveKind::kInteractionBinary, make_interaction_matrix},
      {ObjectiveKind::kInteractionPairwise, make_interaction_matrix},
      {ObjectiveKind::kDenoising, make_row_reconstruction},
      {ObjectiveKind::kVariational, make_item_targets},
      {ObjectiveKind::kAdversarial, make_row_reconstruction},
      {ObjectiveKind::kRatingRegression, make_rating_regression},
      {ObjectiveKind::kReinforce, make_reinforce},
      {ObjectiveKind::kQLearning, make_q_learning},
  };
  for (const Row& row : kObjectiveMakers) {
    if (row.kind == wanted.kind) return row.make(wanted, spec);
  }
  throw Error(ErrorCode::kInternal, ErrorSubject::kModel, "an objective that is not in the list");
}

}  // namespace p5
