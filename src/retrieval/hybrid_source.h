// Several sources fused into one ranking (hybrid_fit.h says how the fusion is learnt). Thread-safe where its parts are.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "retrieval/candidate_pool.h"
#include "retrieval/hybrid_model.h"

namespace p5 {

struct FusedCandidate {
  Candidate candidate;
  std::vector<float> shares;  // [parts] of the mixed score, sum 1
};

class HybridSource final : public CandidateSource {
 public:
  // `parts` [model->parts.size()], in the model's order; they must outlive the hybrid, those in `owned` live as long.
  HybridSource(std::shared_ptr<const HybridModel> model, const std::vector<const CandidateSource*>& parts,
               std::size_t item_count, std::vector<std::unique_ptr<CandidateSource>> owned = {});

  std::string name() const override { return "hybrid"; }
  // Scores are logarithms of what the mixture's formula gives (score_mixture.h), and what a learned ranker adds.
  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const override;
  // The same with the share of each part. Where a learned ranker orders the items, shares are those of the mixture that
  // it begins with.
  std::vector<std::vector<FusedCandidate>> fuse(std::span<const CandidateQuery> queries, std::size_t k) const;

  const HybridModel& model() const { return *model_; }
  const std::vector<const CandidateSource*>& parts() const { return parts_; }  // in the model's order

 private:
  std::vector<FusedCandidate> fuse(const CandidatePool& pool, const HybridFusion& fusion, std::size_t k) const;

  std::shared_ptr<const HybridModel> model_;
  std::vector<const CandidateSource*> parts_;
  std::vector<std::unique_ptr<CandidateSource>> owned_;
  PoolBuilder builder_;
};

}  // namespace p5
