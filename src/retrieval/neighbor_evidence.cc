#include "retrieval/neighbor_evidence.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "retrieval/top_k.h"

namespace p5 {

void EvidenceOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kModel);
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

NeighborEvidence::NeighborEvidence(std::shared_ptr<const CountingSource> source, const EvidenceOptions& options,
                                   bool repeats)
    : source_(std::move(source)), options_(options), repeats_(repeats) {}

std::vector<Neighbor> NeighborEvidence::of(std::span<const ItemId> history, UserId own) const {
  thread_local std::vector<float> scores;
  scores.resize(item_count());
  source_->score_without(own, history, scores);
  if (!repeats_) {
    for (const ItemId item : history) {
      if (item < scores.size()) scores[item] = 0.0f;
    }
  }
  std::vector<Neighbor> best;
  double sum = 0;
  for (const Candidate& candidate : top_k(scores, static_cast<std::size_t>(options_.neighbors))) {
    if (!(candidate.score > 0.0f)) break;
    best.push_back({candidate.item, candidate.score});
    sum += candidate.score;
  }
  for (Neighbor& neighbor : best) neighbor.share = static_cast<float>(neighbor.share / sum);
  return best;
}

float NeighborEvidence::feature(float share) const {
  return static_cast<float>(std::log((share + options_.floor) / options_.floor));
}

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
