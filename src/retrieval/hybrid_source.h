// Several sources fused into one ranking (hybrid_fit.h says how the fusion is learnt). Thread-safe where its parts are.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "retrieval/candidate_pool.h"
#include "retrieval/cold_items.h"
#include "retrieval/hybrid_model.h"

namespace p5 {

struct FusedCandidate {
  Candidate candidate;
  std::vector<float> shares;  // [parts] of the mixed score, sum 1; empty: an item without training events
};

// Who proposes items without training events; null: nobody. `weight` as ColdOptions::weight.
struct HybridColdItems {
  std::shared_ptr<const ColdItemsSource> source;
  double weight = 1.0;
};

class HybridSource final : public CandidateSource {
 public:
  // `parts` [model->parts.size()], in the model's order; they must outlive the hybrid, those in `owned` live as long.
  HybridSource(std::shared_ptr<const HybridModel> model, const std::vector<const CandidateSource*>& parts,
               std::size_t item_count, std::vector<std::unique_ptr<CandidateSource>> owned = {},
               HybridColdItems cold = {});

  std::string name() const override { return "hybrid"; }
  // Scores are logarithms of what the mixture's formula gives (score_mixture.h), and what a learned ranker adds.
  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const override;
  // The same with the share of each part. Where a learned ranker orders the items, shares are those of the mixture that
  // it begins with.
  std::vector<std::vector<FusedCandidate>> fuse(std::span<const CandidateQuery> queries, std::size_t k) const;

  const HybridModel& model() const { return *model_; }
  const std::vector<const CandidateSource*>& parts() const { return parts_; }  // in the model's order
  const HybridColdItems& cold() const { return cold_; }

 private:
  std::vector<FusedCandidate> fuse(const CandidatePool& pool, const CandidateQuery& query, std::size_t k) const;
  void add_cold(const CandidateQuery& query, const ListScale& scale, std::size_t k,
                std::vector<FusedCandidate>& list) const;

  std::shared_ptr<const HybridModel> model_;
  std::vector<const CandidateSource*> parts_;
  std::vector<std::unique_ptr<CandidateSource>> owned_;
  PoolBuilder builder_;
  HybridColdItems cold_;
};

}  // namespace p5
