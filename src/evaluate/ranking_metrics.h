// Ranking metrics with one target per user, so that hit rate and recall are the same, and so are
// MAP@k and MRR@k (docs/protocol.md). Ranks count from 1; kMiss is a
// target that the ranking does not contain. Thread-safe for const use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evaluate/task_result.h"

namespace p5 {

inline constexpr std::size_t kMiss = 0;

// 1 when the target is among the first `k`.
double hit_rate_at_k(std::size_t rank, std::size_t k);
// 1 / log2(rank + 1) within the first `k`: the ideal gain of one target is 1 (Järvelin and Kekäläinen 2002).
double ndcg_at_k(std::size_t rank, std::size_t k);
// 1 / k when the target is among the first `k`: the share of the list that is relevant.
double precision_at_k(std::size_t rank, std::size_t k);
// 1 / rank within the first `k`. With one target this is also the average precision at k.
double mrr_at_k(std::size_t rank, std::size_t k);
// 1 / rank over the full list.
double reciprocal_rank(std::size_t rank);

// Which metrics a report has at which cut-offs. Hit rate, NDCG and MRR are always there, and so is the cut-off 10,
// since rows are compared by NDCG@10.
struct RankingFigures {
  std::vector<std::int64_t> cutoffs = {1, 5, 10};  // each at least 1, in any order
  std::vector<std::string> more = {};              // names of further_ranking_metrics()

  std::size_t longest() const;
};
// "recall", "precision", "map", "mrr" (each within a cut-off).
std::vector<std::string> further_ranking_metrics();

// A metric is one row. Its score is the mean over users.
struct RankingMetric {
  std::string name, heading;  // "hr@10", and how tables head its column
  double (*within)(std::size_t rank, std::size_t k) = nullptr;
  std::size_t k = 0;
  bool compared = false;        // kept per user, so that rows are compared by it
  bool over_all_items = false;  // has no cut-off: ends with the list where a source returns one

  double of_rank(std::size_t rank) const { return within(rank, k); }  // the score of one user
};
// By cut-off; at 1 all metrics are the hit rate, which stands alone there. MRR without a cut-off is last.
std::vector<RankingMetric> ranking_metrics(const RankingFigures& figures = {});
// The metric with that name ("precision@20", "mrr"); none for names of other scores.
std::optional<RankingMetric> ranking_metric(std::string_view name);

// How a source was ranked: exactly, by the scores of all items, or by the list that it returned. A target outside the
// list is a miss.
enum class RankedBy { kScores, kList };

// Throws Internal when HR@k does not grow with k, or NDCG@k <= HR@k does not hold: such a row is a bug, never a result.
void check_consistent(std::span<const Score> scores);

class RankingMetrics {
 public:
  explicit RankingMetrics(const RankingFigures& figures = {})
      : metrics_(ranking_metrics(figures)), sums_(metrics_.size()) {}

  void add(std::size_t rank);
  std::size_t users() const { return users_; }
  // The means so far, one per metric, checked by check_consistent(); all zero for no users.
  std::vector<Score> scores(RankedBy ranked_by = RankedBy::kScores) const;

 private:
  struct Sum {
    double value = 0;
    std::vector<double> per_user = {};
  };
  std::size_t users_ = 0;
  std::vector<RankingMetric> metrics_;
  std::vector<Sum> sums_;
};

}  // namespace p5
