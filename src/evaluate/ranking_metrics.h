// Ranking metrics with one target a user, so that hit rate and recall are one. Ranks count from 1; kMiss is a target
// that the ranking does not hold. Thread-safe for const use.
#pragma once

#include <cstddef>
#include <vector>

namespace p5 {

inline constexpr std::size_t kMiss = 0;

// 1 when the target is among the first `k`.
double hit_rate_at_k(std::size_t rank, std::size_t k);
// 1 / log2(rank + 1) within the first `k`: the ideal gain of one target is 1 (Järvelin and Kekäläinen 2002).
double ndcg_at_k(std::size_t rank, std::size_t k);
// 1 / rank within the first `k`.
double mrr_at_k(std::size_t rank, std::size_t k);
// 1 / rank over the full list.
double reciprocal_rank(std::size_t rank);

// Means over users; all zero for no users.
struct RankingSummary {
  std::size_t users = 0;
  double hr1 = 0, hr5 = 0, hr10 = 0;
  double ndcg5 = 0, ndcg10 = 0;
  double mrr = 0;                  // over the full list of whoever ranked
  std::vector<double> gains = {};  // NDCG@10 of each user, in the order of the questions
};

// Throws Internal when HR@1 <= HR@5 <= HR@10 or NDCG@k <= HR@k does not hold: such a row is a bug, never a result.
void check_consistent(const RankingSummary& summary);

class RankingMetrics {
 public:
  void add(std::size_t rank);
  // The means so far, checked by check_consistent().
  RankingSummary summary() const;

 private:
  RankingSummary sums_;
};

}  // namespace p5
