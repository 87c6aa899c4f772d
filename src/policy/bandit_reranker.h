// Lists by a model of rewards that learns while it is served. LinUCB (Li et al. 2010) puts the greatest theta x +
// strength sqrt(x' A^-1 x) first and draws nothing. Thompson sampling (Agrawal and Goyal 2013) puts the greatest
// theta~ x first, with a theta~ of N(theta, strength^2 A^-1) for each place: one of kThetas that are drawn for the
// list, all alike, so that the share of them whose best item is this one is its exact propensity. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "policy/bandit_features.h"
#include "policy/bandit_model.h"
#include "retrieval/exploring_reranker.h"
#include "retrieval/rerank_options.h"
#include "retrieval/reranker.h"

namespace p5 {

class BanditReranker final : public Reranker {
 public:
  static constexpr std::size_t kThetas = 256;
  // Whether it tells the model of the lists that it makes for queries with a draw, which is the id of their request.
  enum class Use { kLearn, kAsk };
  // Borrows the catalogue.
  BanditReranker(const RerankOptions& options, std::shared_ptr<const BanditFeatures> features,
                 std::shared_ptr<BanditModel> model, const ItemCatalog& catalog, Use use);

  std::vector<RankedCandidate> rerank(const CandidateQuery& query, std::span<const Candidate> pool,
                                      std::size_t k) const override;
  std::vector<double> propensities(const CandidateQuery& query, std::span<const Candidate> pool,
                                   std::span<const ItemId> list) const override;

 private:
  std::vector<double> features_of(const CandidateQuery& query, std::span<const Candidate> pool) const;
  // How this list explores.
  ExploringReranker explorer(const CandidateQuery& query, std::span<const double> x, std::size_t items) const;
  void tell(const CandidateQuery& query, std::span<const Candidate> pool, std::span<const double> x,
            std::span<const RankedCandidate> list) const;

  RerankOptions options_;
  std::shared_ptr<const BanditFeatures> features_;
  std::shared_ptr<BanditModel> model_;
  const ItemCatalog* catalog_;
  Use use_;
};

}  // namespace p5
