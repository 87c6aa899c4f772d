#include "retrieval/dpp_reranker.h"

#include <algorithm>
#include <cmath>

namespace p5 {
namespace {

constexpr double kNoVolume = 1e-9;  // of a squared distance: the item is a combination of those above

// The Cholesky factor of S over the chosen items, grown by one row at a time. log det L = sum of 2 a relevance plus
// log det S, so that the factor is of S alone and no exponential overflows.
class GreedyVolume {
 public:
  explicit GreedyVolume(std::size_t pool) : squared_(pool, 1.0), rows_(pool) {}

  // det S grows by this factor with candidate i.
  double gain(std::size_t i) const { return squared_[i]; }
  bool taken(std::size_t i) const { return squared_[i] < 0; }

  template <typename Similarity>
  void take(std::size_t chosen, const Similarity& similarity) {
    const double root = std::sqrt(std::max(squared_[chosen], kNoVolume));
    const std::vector<double> own = rows_[chosen];
    squared_[chosen] = -1;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (taken(i)) continue;
      double dot = 0;
      for (std::size_t t = 0; t < own.size(); ++t) dot += own[t] * rows_[i][t];
      const double entry = (similarity(chosen, i) - dot) / root;
      rows_[i].push_back(entry);
      squared_[i] = std::max(0.0, squared_[i] - entry * entry);
    }
  }

 private:
  std::vector<double> squared_;            // d_i^2; -1: taken
  std::vector<std::vector<double>> rows_;  // c_i of the paper
};

}  // namespace

std::vector<RankedCandidate> DppReranker::rerank(const CandidateQuery& /*query*/, std::span<const Candidate> pool,
                                                 std::size_t k) const {
  if (strength_ <= 0) return in_given_order(pool, k);
  const double weight = (1.0 - strength_) / strength_;  // 2a
  const std::vector<double> relevance = relevance_of(pool);
  GreedyVolume volume(pool.size());
  std::vector<RankedCandidate> list;
  const auto similarity = [&](std::size_t a, std::size_t b) {
    return static_cast<double>(similarity_.of(pool[a].item, pool[b].item));
  };
  while (list.size() < std::min(k, pool.size())) {
    std::size_t best = pool.size();
    double best_value = 0;
    for (std::size_t i = 0; i < pool.size(); ++i) {
      if (volume.taken(i) || volume.gain(i) <= kNoVolume) continue;
      const double value = weight * relevance[i] + std::log(volume.gain(i));
      if (best == pool.size() || value > best_value) {
        best = i;
        best_value = value;
      }
    }
    if (best == pool.size()) {
      for (std::size_t i = 0; i < pool.size() && list.size() < k; ++i) {
        if (!volume.taken(i)) list.push_back({.candidate = pool[i]});
      }
      break;
    }
    list.push_back({.candidate = pool[best]});
    volume.take(best, similarity);
  }
  return list;
}

}  // namespace p5
