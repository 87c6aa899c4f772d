#include "retrieval/neighbor_evidence.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "retrieval/top_k.h"

namespace p5 {

void EvidenceOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kModel);
  table.add("evidence.source", &source,
            {.help = "evidence: the source whose neighbors the model sees in its logits; off: none",
             .choices = {"off", "item-knn", "user-knn", "ridge"}});
  table.add(
      "evidence.neighbors", &neighbors,
      {.help = "evidence: best neighbors of a history whose shares the model sees", .minimum = 1, .maximum = 1000});
  table.add(
      "evidence.floor", &floor,
      {.help = "evidence: e of the feature log((w + e) / e) of a neighbor's share w", .minimum = 1e-9, .maximum = 1});
  table.add("evidence.distill", &distill,
            {.help = "evidence: share of a training target that follows the neighbors' distribution",
             .minimum = 0,
             .maximum = 1});
  table.add("evidence.gate", &gate, {.help = "evidence: what the learnt factor of the feature begins with"});
  table.add("evidence.ages", &ages,
            {.help = "evidence: history items, from the newest, whose age has a learnt logit; 0 = none",
             .minimum = 0,
             .maximum = 1000});
}

namespace {

// Of those with a score above 0, best first.
std::vector<Neighbor> shares_of(const std::vector<Candidate>& scored) {
  std::vector<Neighbor> best;
  double sum = 0;
  for (const Candidate& candidate : scored) {
    if (!(candidate.score > 0.0f)) break;
    best.push_back({candidate.item, candidate.score});
    sum += candidate.score;
  }
  for (Neighbor& neighbor : best) neighbor.share = static_cast<float>(neighbor.share / sum);
  return best;
}

}  // namespace

NeighborEvidence::NeighborEvidence(std::shared_ptr<const CountingSource> source, const EvidenceOptions& options,
                                   bool repeats)
    : source_(std::move(source)), options_(options), repeats_(repeats) {}

std::span<float> NeighborEvidence::scores_of(std::span<const ItemId> history, UserId own) const {
  thread_local std::vector<float> scores;
  scores.resize(item_count());
  source_->score_without(own, history, scores);
  if (!repeats_) {
    for (const ItemId item : history) {
      if (item < scores.size()) scores[item] = 0.0f;
    }
  }
  return scores;
}

std::vector<Neighbor> NeighborEvidence::of(std::span<const ItemId> history, UserId own) const {
  return shares_of(top_k(scores_of(history, own), static_cast<std::size_t>(options_.neighbors)));
}

std::vector<Neighbor> NeighborEvidence::among(std::span<const ItemId> candidates, std::span<const ItemId> history,
                                              UserId own) const {
  const auto scores = scores_of(history, own);
  std::vector<Candidate> scored;
  for (const ItemId item : candidates) {
    if (item < scores.size()) scored.push_back({item, scores[item]});
  }
  return shares_of(top_k(std::move(scored), candidates.size()));
}

float NeighborEvidence::feature(float share) const {
  return static_cast<float>(std::log((share + options_.floor) / options_.floor));
}

double first_repeat_logit(bool repeats) { return repeats ? 0.0 : -6.0; }

bool repeats_happen(const Split& split) {
  constexpr double kOften = 0.005;
  std::size_t events = 0, repeats = 0;
  std::unordered_set<ItemId> seen;
  for (UserId user = 0; user < split.corpus().user_count(); ++user) {
    const auto items = split.train_items(user);
    seen.clear();
    seen.insert(items.begin(), items.end());
    events += items.size();
    repeats += items.size() - seen.size();
  }
  return events > 0 && static_cast<double>(repeats) >= kOften * static_cast<double>(events);
}

}  // namespace p5
