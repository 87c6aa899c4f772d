// Objectives that know facts about items: attributes, triplets, ratings.
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "encoders/objective_module.h"
#include "nn/dropout_module.h"

namespace p5 {
namespace {

// [items, attributes]: 1 where an item has an attribute.
torch::Tensor holds_matrix(const ItemAttributes& attributes, const std::vector<std::int64_t>& items) {
  torch::Tensor holds = torch::zeros({static_cast<std::int64_t>(items.size()), attributes.count});
  float* at = holds.data_ptr<float>();
  for (const std::int64_t item : items) {
    for (const std::uint32_t value : attributes.of(static_cast<ItemId>(item))) at[value] = 1.0f;
    at += attributes.count;
  }
  return holds;
}

// A matrix of targets and attributes must fit: of many attributes, the first targets of a batch alone, whose rows are
// in random order.
constexpr std::size_t kMostScores = std::size_t{1} << 24;

void limit_targets(KeptTargets& kept, std::size_t attributes) {
  const std::size_t most = std::max<std::size_t>(1, kMostScores / std::max<std::size_t>(1, attributes));
  if (kept.labels.size() <= most) return;
  for (std::vector<std::int64_t>* column : {&kept.places, &kept.labels, &kept.rows}) column->resize(most);
}

// item-attribute and sequence-attribute (S3-Rec, Zhou et al. 2020, equations 5 and 7): with A the attributes of an item
// and v its own vector, or the state in the place where it is masked, the mean over a in A of
//
//   -log(exp(v W a) / (exp(v W a) + sum over attributes b that are not in A of exp(v W b)))
//
// Items without attributes have no loss. Of item-attribute, the items are those of the batch, each once.
class AttributeInformation final : public Objective {
 public:
  AttributeInformation(const ObjectiveRow& row, const EncoderSpec& spec)
      : Objective(row, spec), of_items_(row.kind == ObjectiveKind::kItemAttribute), facts_(spec.facts) {
    const std::int64_t width = spec.options.width;
    table_ = weight("attribute_table", {facts_->attributes.count, width});
    match_ = weight("match_weight", {width, width});
  }

  ObjectiveLosses losses(const ObjectiveInput& input) override {
    KeptTargets kept = with_attributes(kept_targets(input.batch, input.spec));
    if (kept.labels.empty()) return {};
    limit_targets(kept, facts_->attributes.count);
    const torch::Tensor vectors = of_items_
                                      ? input.encoder.own_vectors().index_select(0, torch::tensor(kept.labels) + 1)
                                      : target_states(input, kept);
    const torch::Tensor scores = torch::linear(torch::linear(vectors, match_), table_);  // [targets, attributes]
    const torch::Tensor holds = holds_matrix(facts_->attributes, kept.labels);
    const torch::Tensor others = scores.masked_fill(holds > 0, -1e9).logsumexp(1, true);
    const torch::Tensor each = torch::logaddexp(scores, others) - scores;
    return {.values = (each * holds).sum(1) / holds.sum(1), .rows = std::move(kept.rows), .penalty = {}};
  }

 private:
  KeptTargets with_attributes(const KeptTargets& all) const {
    KeptTargets kept;
    std::vector<std::int64_t> seen;
    for (std::size_t i = 0; i < all.labels.size(); ++i) {
      if (facts_->attributes.of(static_cast<ItemId>(all.labels[i])).empty()) continue;
      if (of_items_) {
        const auto at = std::lower_bound(seen.begin(), seen.end(), all.labels[i]);
        if (at != seen.end() && *at == all.labels[i]) continue;
        seen.insert(at, all.labels[i]);
      }
      kept.places.push_back(all.places[i]);
      kept.labels.push_back(all.labels[i]);
      kept.rows.push_back(all.rows[i]);
    }
    return kept;
  }

  const bool of_items_;
  const std::shared_ptr<const ObjectiveFacts> facts_;
  torch::Tensor table_, match_;
};

// attribute-prediction: with h the state that predicts an item, and y_a whether the item has attribute a, the mean over
// all attributes of
//
//   -y_a log sigmoid(w_a . h + b_a) - (1 - y_a) log sigmoid(-w_a . h - b_a)
class AttributePrediction final : public Objective {
 public:
  AttributePrediction(const ObjectiveRow& row, const EncoderSpec& spec) : Objective(row, spec), facts_(spec.facts) {
    weights_ = weight("attribute_weight", {facts_->attributes.count, spec.options.width});
    biases_ = weight("attribute_bias", {facts_->attributes.count});
  }

  ObjectiveLosses losses(const ObjectiveInput& input) override {
    KeptTargets kept = kept_targets(input.batch, input.spec);
    limit_targets(kept, facts_->attributes.count);
    const torch::Tensor scores = torch::linear(target_states(input, kept), weights_, biases_);
    const torch::Tensor signs = holds_matrix(facts_->attributes, kept.labels) * 2 - 1;
    return {.values = -torch::log_sigmoid(scores * signs).mean(1), .rows = std::move(kept.rows), .penalty = {}};
  }

 private:
  const std::shared_ptr<const ObjectiveFacts> facts_;
  torch::Tensor weights_, biases_;
};

// triplets (TransE, Bordes et al. 2013): for drawn triplets (h, r, t) and a drawn entity t' in the place of t,
//
//   max(0, margin + |h + r - t| - |h + r - t'|)
//
// with Euclidean lengths; an item's own vector is its entity's. As many triplets are drawn as the batch has items, at
// most kMost.
class Triplets final : public Objective {
 public:
  Triplets(const ObjectiveRow& row, const EncoderSpec& spec) : Objective(row, spec), facts_(spec.facts) {
    const KnowledgeGraph& graph = facts_->graph;
    entities_ = weight("entity_table", {graph.entities - graph.items, spec.options.width});
    relations_ = weight("relation_table", {graph.relations, spec.options.width});
  }

  ObjectiveLosses losses(const ObjectiveInput& input) override {
    Rng rng(draw_dropout_seed(), "triplets");
    const KnowledgeGraph& graph = facts_->graph;
    const auto count = std::min<std::size_t>(kMost, input.batch.source.size());
    std::vector<std::int64_t> heads, relations, tails, others;
    ObjectiveLosses losses;
    for (std::size_t i = 0; i < count; ++i) {
      const KnowledgeGraph::Triplet& triplet = graph.triplets[rng.below(graph.triplets.size())];
      heads.push_back(triplet.head);
      relations.push_back(triplet.relation);
      tails.push_back(triplet.tail);
      others.push_back(other_entity(triplet.tail, rng));
      losses.rows.push_back(static_cast<std::int64_t>(i) % input.batch.rows);
    }
    const torch::Tensor all = torch::cat({input.encoder.own_vectors().narrow(0, 1, input.spec.items), entities_});
    const torch::Tensor from =
        all.index_select(0, torch::tensor(heads)) + relations_.index_select(0, torch::tensor(relations));
    const auto distance = [&](const std::vector<std::int64_t>& to) {
      return ((from - all.index_select(0, torch::tensor(to))).square().sum(1) + 1e-12).sqrt();
    };
    losses.values = torch::relu(input.spec.options.margin + distance(tails) - distance(others));
    return losses;
  }

 private:
  static constexpr std::size_t kMost = 4096;

  // Of the same sort: an item for an item, another entity for another.
  std::int64_t other_entity(std::uint32_t tail, Rng& rng) const {
    const KnowledgeGraph& graph = facts_->graph;
    const std::uint32_t begin = tail < graph.items ? 0 : graph.items;
    const std::uint32_t end = tail < graph.items ? graph.items : graph.entities;
    if (end - begin < 2) return tail;
    const auto drawn = static_cast<std::uint32_t>(begin + rng.below(end - begin - 1));
    return drawn >= tail ? drawn + 1 : drawn;
  }

  const std::shared_ptr<const ObjectiveFacts> facts_;
  torch::Tensor entities_, relations_;
};

// rating-regression: with h the state that predicts an item of vector e, and r its rating, standardised by the train
// parts, the square of
//
//   w . (h * e) + b - r      *: element by element
//
// Events without a rating have no loss.
class RatingRegression final : public Objective {
 public:
  RatingRegression(const ObjectiveRow& row, const EncoderSpec& spec) : Objective(row, spec), facts_(spec.facts) {
    weights_ = weight("rating_weight", {1, spec.options.width});
    bias_ = weight("rating_bias", {1});
  }

  ObjectiveLosses losses(const ObjectiveInput& input) override {
    const KeptTargets all = kept_targets(input.batch, input.spec);
    KeptTargets kept;
    std::vector<float> ratings;
    for (std::size_t i = 0; i < all.labels.size(); ++i) {
      const float value = input.batch.target_value.at(static_cast<std::size_t>(all.places[i]));
      if (!std::isfinite(value)) continue;
      ratings.push_back(static_cast<float>((value - facts_->rating_mean) / facts_->rating_deviation));
      kept.places.push_back(all.places[i]);
      kept.labels.push_back(all.labels[i]);
      kept.rows.push_back(all.rows[i]);
    }
    if (ratings.empty()) return {};
    const torch::Tensor items = input.item_vectors().index_select(0, torch::tensor(kept.labels));
    const torch::Tensor predicted = torch::linear(target_states(input, kept) * items, weights_, bias_).squeeze(-1);
    return {.values = (predicted - torch::tensor(ratings)).square(), .rows = std::move(kept.rows), .penalty = {}};
  }

 private:
  const std::shared_ptr<const ObjectiveFacts> facts_;
  torch::Tensor weights_, bias_;
};

}  // namespace

std::shared_ptr<Objective> make_attribute_information(const ObjectiveRow& row, const EncoderSpec& spec) {
  return std::make_shared<AttributeInformation>(row, spec);
}
std::shared_ptr<Objective> make_attribute_prediction(const ObjectiveRow& row, const EncoderSpec& spec) {
  return std::make_shared<AttributePrediction>(row, spec);
}
std::shared_ptr<Objective> make_triplets(const ObjectiveRow& row, const EncoderSpec& spec) {
  return std::make_shared<Triplets>(row, spec);
}
std::shared_ptr<Objective> make_rating_regression(const ObjectiveRow& row, const EncoderSpec& spec) {
  return std::make_shared<RatingRegression>(row, spec);
}

}  // namespace p5
