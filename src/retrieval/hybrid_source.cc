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
                           std::size_t item_count, std::vector<std::unique_ptr<CandidateSource>> owned)
    : model_(std::move(model)),
      parts_(parts),
      owned_(std::move(owned)),
      builder_(pool_parts(*model_, parts), item_count, model_->pool, model_->list) {}

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
  for (std::size_t i = 0; i < queries.size(); ++i) lists.push_back(fuse(pools[i], model_->fusion_for(queries[i]), k));
  return lists;
}

std::vector<FusedCandidate> HybridSource::fuse(const CandidatePool& pool, const HybridFusion& fusion,
                                               std::size_t k) const {
  std::vector<FusedCandidate> list;
  const std::vector<float> scores = fused_scores(pool, fusion, model_->popularity);
  for (const std::uint32_t i : best_of(pool, scores, k)) {
    list.push_back(
        {.candidate = {pool.items[i], scores[i], this}, .shares = shares_of(pool, fusion.mixture_for(pool), i)});
  }
  return list;
}

}  // namespace p5
