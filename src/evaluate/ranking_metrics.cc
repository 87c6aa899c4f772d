#include "evaluate/ranking_metrics.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "p5/error.h"

namespace p5 {
namespace {

bool within(std::size_t rank, std::size_t k) { return rank != kMiss && rank <= k; }

}  // namespace

double hit_rate_at_k(std::size_t rank, std::size_t k) { return within(rank, k) ? 1.0 : 0.0; }

double ndcg_at_k(std::size_t rank, std::size_t k) {
  return within(rank, k) ? 1.0 / std::log2(static_cast<double>(rank) + 1.0) : 0.0;
}

double mrr_at_k(std::size_t rank, std::size_t k) { return within(rank, k) ? 1.0 / static_cast<double>(rank) : 0.0; }

double reciprocal_rank(std::size_t rank) { return mrr_at_k(rank, std::numeric_limits<std::size_t>::max()); }

void check_consistent(const RankingSummary& summary) {
  constexpr double kRounding = 1e-12;
  const auto ordered = [](double low, double high) { return low <= high + kRounding; };
  if (ordered(summary.hr1, summary.hr5) && ordered(summary.hr5, summary.hr10) && ordered(summary.ndcg5, summary.hr5) &&
      ordered(summary.ndcg10, summary.hr10)) {
    return;
  }
  throw Error(ErrorCode::kInternal, ErrorSubject::kModel, "ranking metrics contradict each other",
              {.where = "evaluate",
               .expected = "HR@1 <= HR@5 <= HR@10 and NDCG@k <= HR@k",
               .got = fmt::format("HR {} {} {}, NDCG {} {}", summary.hr1, summary.hr5, summary.hr10, summary.ndcg5,
                                  summary.ndcg10)});
}

void RankingMetrics::add(std::size_t rank) {
  ++sums_.users;
  sums_.hr1 += hit_rate_at_k(rank, 1);
  sums_.hr5 += hit_rate_at_k(rank, 5);
  sums_.hr10 += hit_rate_at_k(rank, 10);
  sums_.ndcg5 += ndcg_at_k(rank, 5);
  sums_.gains.push_back(ndcg_at_k(rank, 10));
  sums_.ndcg10 += sums_.gains.back();
  sums_.mrr += reciprocal_rank(rank);
}

RankingSummary RankingMetrics::summary() const {
  RankingSummary means = sums_;
  if (means.users == 0) return means;
  for (double* value : {&means.hr1, &means.hr5, &means.hr10, &means.ndcg5, &means.ndcg10, &means.mrr}) {
    *value /= static_cast<double>(means.users);
  }
  check_consistent(means);
  return means;
}

}  // namespace p5
