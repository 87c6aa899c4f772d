// Ranking metrics with one target per user, so that hit rate and recall are the same. Ranks count from 1; kMiss is a
// target that the ranking does not contain. Thread-safe for const use.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "evaluate/task_result.h"

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

// A metric is one row. Its score is the mean over users.
struct RankingMetric {
  std::string_view name, heading;         // "hr@10", and how tables head its column
  double (*of_rank)(std::size_t rank);    // the score of one user
  bool compared = false;                  // kept per user, so that rows are compared by it
  bool over_all_items = false;            // has no cut-off: ends with the list where a source returns one
};
std::span<const RankingMetric> ranking_metrics();

// How a source was ranked: exactly, by the scores of all items, or by the list that it returned. A target outside the
// list is a miss.
enum class RankedBy { kScores, kList };

// Throws Internal when HR@k does not grow with k, or NDCG@k <= HR@k does not hold: such a row is a bug, never a result.
void check_consistent(std::span<const Score> scores);

class RankingMetrics {
 public:
  RankingMetrics() : sums_(ranking_metrics().size()) {}

  void add(std::size_t rank);
  std::size_t users() const { return users_; }
  // The means so far, one per row of ranking_metrics(), checked by check_consistent(); all zero for no users.
  std::vector<Score> scores(RankedBy ranked_by = RankedBy::kScores) const;

 private:
  struct Sum {
    double value = 0;
    std::vector<double> per_user = {};
  };
  std::size_t users_ = 0;
  std::vector<Sum> sums_;
};

}  // namespace p5
