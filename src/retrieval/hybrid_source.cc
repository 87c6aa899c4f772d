#include "retrieval/hybrid_source.h"

#include <utility>

namespace p5 {
namespace {

std::vector<PoolPart> pool_parts(const HybridModel& model, const std::vector<const CandidateSource*>& parts) {
  std::vector<PoolPart> pooled;
  for (std::size_t i = 0; i < parts.size(); ++i) pooled.push_back({parts[i], model.rules[i]});
  return pooled;
}

}  // namespace

HybridSource::HybridSource(std::shared_ptr<const HybridModel> model, const std::vector<const CandidateSource*>& parts,
                           std::size_t item_count, std::vector<std::unique_ptr<CandidateSource>> owned,
                           HybridColdItems cold)
    : model_(std::move(model)),
      parts_(parts),
      owned_(std::move(owned)),
      builder_(pool_parts(*model_, parts), item_count, model_->pool, model_->list),
      cold_(std::move(cold)) {}

std::vector<std::vector<Candidate>> HybridSource::retrieve(std::span<const CandidateQuery> queries,
                                                           std::size_t k) const {
  std::vector<std::vector<Candidate>> lists;
  for (const auto& fused : fuse(queries, k)) {
    auto& list = lists.emplace_back();
    for (const FusedCandidate& item : fused) list.push_back(item.candidate);
  }
  return lists;
}

std::vector<std::vector<FusedCandidate>> HybridSource::fuse(std::span<const CandidateQuery> queries,
                                                            std::size_t k) const {
  std::vector<std::vector<FusedCandidate>> lists;
  const std::vector<CandidatePool> pools = builder_.build(queries, k);
  for (std::size_t i = 0; i < queries.size(); ++i) lists.push_back(fuse(pools[i], queries[i], k));
  return lists;
}

std::vector<FusedCandidate> HybridSource::fuse(const CandidatePool& pool, const CandidateQuery& query,
                                               std::size_t k) const {
  const HybridFusion& fusion = model_->fusion_for(query);
  const bool places =
      cold_.source != nullptr && query.candidates.empty() && fusion.calibration.known() && pool.size() > 0;
  const auto is_cold = [&](std::uint32_t i) { return places && cold_.source->is_cold(pool.items[i]); };
  std::size_t cold = 0;
  for (std::uint32_t i = 0; i < pool.size(); ++i) cold += is_cold(i) ? 1 : 0;
  std::vector<FusedCandidate> list;
  const std::vector<float> scores = fused_scores(pool, fusion, model_->popularity);
  for (const std::uint32_t i : best_of(pool, scores, k + cold)) {
    if (is_cold(i) || list.size() == k) continue;
    list.push_back(
        {.candidate = {pool.items[i], scores[i], this}, .shares = shares_of(pool, fusion.mixture_for(pool), i)});
  }
  if (places) add_cold(query, fusion.calibration.scale_of(scores), k, list);
  return list;
}

void HybridSource::add_cold(const CandidateQuery& query, const ListScale& scale, std::size_t k,
                            std::vector<FusedCandidate>& list) const {
  double all = 0;
  const std::vector<Candidate> cold = cold_.source->best(query, k, all);
  std::vector<Candidate> known;
  for (const FusedCandidate& item : list) known.push_back(item.candidate);
  const std::vector<Candidate> placed = with_cold_items(known, cold, scale, cold_.weight, k);
  std::vector<FusedCandidate> result;
  auto next = list.begin();
  for (const Candidate& candidate : placed) {
    if (next != list.end() && candidate.item == next->candidate.item) {
      result.push_back(std::move(*next++));
    } else {
      result.push_back({.candidate = {candidate.item, candidate.score, this}, .shares = {}});
    }
  }
  list = std::move(result);
}

}  // namespace p5
