// Objectives whose answers are items: targets at positions, whole rows, entries of the interaction matrix.
#include <algorithm>
#include <cmath>
#include <utility>

#include "base/rng.h"
#include "encoders/encoder_losses_module.h"
#include "encoders/objective_module.h"
#include "nn/dropout_module.h"

namespace p5 {
namespace {

// What is kept when every item is dropped with this probability; never nothing.
std::vector<std::vector<TokenId>> drop_items(std::vector<std::vector<TokenId>> rows, double probability) {
  Rng rng(draw_dropout_seed(), "items that are dropped");
  for (std::vector<TokenId>& row : rows) {
    const TokenId sure = row[rng.below(row.size())];
    std::erase_if(row, [&](TokenId) { return rng.uniform() < probability; });
    if (row.empty()) row.push_back(sure);
  }
  return rows;
}

// next-item (SASRec, Kang and McAuley 2018), masked-item (BERT4Rec, Sun et al. 2019), variational (Mult-VAE, Liang et
// al. 2018): the mean over targets of
//
//   -log softmax(h . e_j)[target]      h: the state of the target's position, e_j: vectors of all items
//
// or of what encoder.loss puts in the place of the softmax. Of the next item, evidence is a part of the logits
// (docs/encoders.md). The targets of Mult-VAE are the row's own items, and the divergence of its normal distribution
// from the standard one is added (autoencoder_network_module.cc).
class ItemTargets final : public Objective {
 public:
  ItemTargets(const ObjectiveRow& row, const EncoderSpec& spec) : Objective(row, spec) {}

  ObjectiveLosses losses(const ObjectiveInput& input) override {
    KeptTargets kept = kept_targets(input.batch, input.spec);
    const EncoderStates states = input.encoder.forward(EncoderRows::of(input.batch), input.vectors, reading_);
    const bool informed = input.encoder.gate.defined() && !input.batch.evidence.empty();
    SparseLogits evidence;
    if (informed) evidence = evidence_logits(input, input.encoder, kept.places);
    const torch::Tensor values = encoder_losses(input.spec.options.loss, {.states = target_states(states, kept),
                                                                          .items = input.item_vectors(),
                                                                          .labels = torch::tensor(kept.labels),
                                                                          .drawn = input.drawn,
                                                                          .negatives = input.spec.options.negatives,
                                                                          .evidence = informed ? &evidence : nullptr});
    return {.values = values, .rows = std::move(kept.rows), .penalty = states.penalty};
  }
};

// denoising (Mult-DAE, Liang et al. 2018): with u the answer for a row of which half is dropped, the mean over the
// row's items i of -log softmax(u . e_j)[i].
//
// adversarial (the adversarial autoencoder of Makhzani et al. 2015 on that row): to this is added, with D a
// discriminator of one hidden layer and z standard normal noise,
//
//   -log sigmoid(D(z)) - log sigmoid(-D(u))
//
// which D descends and u ascends: the gradient is reversed between them (Ganin and Lempitsky 2015).
class RowReconstruction final : public Objective {
 public:
  RowReconstruction(const ObjectiveRow& row, const EncoderSpec& spec)
      : Objective(row, spec), adversarial_(row.kind == ObjectiveKind::kAdversarial) {
    if (!adversarial_) return;
    const std::int64_t width = spec.options.width;
    hidden_ = weight("hidden_weight", {width, width});
    hidden_bias_ = weight("hidden_bias", {width});
    output_ = weight("output_weight", {1, width});
  }

  ObjectiveLosses losses(const ObjectiveInput& input) override {
    KeptTargets kept = kept_targets(input.batch, input.spec);
    const torch::Tensor codes = answers(input, drop_items(kept_sources(input.batch), kDropped));
    const torch::Tensor rows = torch::tensor(kept.rows);
    ObjectiveLosses losses{.values = {}, .rows = std::move(kept.rows), .penalty = {}};
    losses.values = encoder_losses(input.spec.options.loss, {.states = codes.index_select(0, rows),
                                                             .items = input.item_vectors(),
                                                             .labels = torch::tensor(kept.labels),
                                                             .drawn = input.drawn,
                                                             .negatives = input.spec.options.negatives});
    if (adversarial_) losses.penalty = discrimination(codes);
    return losses;
  }

 private:
  static constexpr double kDropped = 0.5;

  torch::Tensor discrimination(const torch::Tensor& codes) const {
    const torch::Tensor reversed = codes.detach() * 2 - codes;  // the same value with the gradient's sign turned
    const auto score = [this](const torch::Tensor& from) {
      return torch::linear(torch::relu(torch::linear(from, hidden_, hidden_bias_)), output_).squeeze(-1);
    };
    return -torch::log_sigmoid(score(torch::randn_like(codes))).mean() - torch::log_sigmoid(-score(reversed)).mean();
  }

  const bool adversarial_;
  torch::Tensor hidden_, hidden_bias_, output_;
};

// interaction-bce (He et al. 2017, NCF's loss) and interaction-bpr (Rendle et al. 2009): with u the answer for a row of
// which half is dropped, i an item of the whole row and J the drawn items that the row does not hold,
//
//   bce  -log sigmoid(u . e_i) - mean over J of log sigmoid(-u . e_j)
//   bpr  -mean over J of log sigmoid(u . e_i - u . e_j)
//
// encoder.negatives items are drawn uniformly, the same for all rows of a batch.
class InteractionMatrix final : public Objective {
 public:
  InteractionMatrix(const ObjectiveRow& row, const EncoderSpec& spec)
      : Objective(row, spec), pairwise_(row.kind == ObjectiveKind::kInteractionPairwise) {}

  ObjectiveLosses losses(const ObjectiveInput& input) override {
    KeptTargets kept = kept_targets(input.batch, input.spec);
    const auto whole = kept_sources(input.batch);
    const torch::Tensor users = answers(input, drop_items(whole, kDropped));
    const torch::Tensor drawn =
        torch::randint(input.spec.items, {input.spec.options.negatives}, torch::TensorOptions(torch::kLong));
    const torch::Tensor absent = absences(whole, drawn);
    const torch::Tensor rows = torch::tensor(kept.rows), items = input.item_vectors();
    const torch::Tensor positive =
        (users.index_select(0, rows) * items.index_select(0, torch::tensor(kept.labels))).sum(-1);
    const torch::Tensor negative = torch::linear(users, items.index_select(0, drawn));  // [rows, negatives]
    const torch::Tensor counts = absent.sum(1).clamp_min(1.0);
    ObjectiveLosses losses{.values = {}, .rows = std::move(kept.rows), .penalty = {}};
    if (pairwise_) {
      const torch::Tensor pairs = torch::log_sigmoid(positive.unsqueeze(1) - negative.index_select(0, rows));
      losses.values = -(pairs * absent.index_select(0, rows)).sum(1) / counts.index_select(0, rows);
    } else {
      const torch::Tensor others = (torch::log_sigmoid(-negative) * absent).sum(1) / counts;  // [rows]
      losses.values = -torch::log_sigmoid(positive) - others.index_select(0, rows);
    }
    return losses;
  }

 private:
  static constexpr double kDropped = 0.5;

  // [rows, negatives]: 1 where the row does not hold the drawn item.
  static torch::Tensor absences(const std::vector<std::vector<TokenId>>& rows, const torch::Tensor& drawn) {
    torch::Tensor absent = torch::ones({static_cast<std::int64_t>(rows.size()), drawn.size(0)});
    const auto* const items = drawn.data_ptr<std::int64_t>();
    float* at = absent.data_ptr<float>();
    for (std::vector<TokenId> row : rows) {
      std::sort(row.begin(), row.end());
      for (std::int64_t i = 0; i < drawn.size(0); ++i, ++at) {
        if (std::binary_search(row.begin(), row.end(), static_cast<TokenId>(items[i] + 1))) *at = 0.0f;
      }
    }
    return absent;
  }

  const bool pairwise_;
};

}  // namespace

std::shared_ptr<Objective> make_item_targets(const ObjectiveRow& row, const EncoderSpec& spec) {
  return std::make_shared<ItemTargets>(row, spec);
}
std::shared_ptr<Objective> make_row_reconstruction(const ObjectiveRow& row, const EncoderSpec& spec) {
  return std::make_shared<RowReconstruction>(row, spec);
}
std::shared_ptr<Objective> make_interaction_matrix(const ObjectiveRow& row, const EncoderSpec& spec) {
  return std::make_shared<InteractionMatrix>(row, spec);
}

}  // namespace p5
