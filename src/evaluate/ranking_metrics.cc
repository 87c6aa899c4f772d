#include "evaluate/ranking_metrics.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include "p5/error.h"

namespace p5 {
namespace {

bool within(std::size_t rank, std::size_t k) { return rank != kMiss && rank <= k; }

constexpr std::array<RankingMetric, 6> kMetrics{{
    {.name = "hr@1", .heading = "HR@1", .of_rank = [](std::size_t rank) { return hit_rate_at_k(rank, 1); }},
    {.name = "hr@5", .heading = "HR@5", .of_rank = [](std::size_t rank) { return hit_rate_at_k(rank, 5); }},
    {.name = "ndcg@5", .heading = "NDCG@5", .of_rank = [](std::size_t rank) { return ndcg_at_k(rank, 5); }},
    {.name = "hr@10", .heading = "HR@10", .of_rank = [](std::size_t rank) { return hit_rate_at_k(rank, 10); }},
    {.name = "ndcg@10",
     .heading = "NDCG@10",
     .of_rank = [](std::size_t rank) { return ndcg_at_k(rank, 10); },
     .compared = true},
    {.name = "mrr", .heading = "MRR ", .of_rank = reciprocal_rank, .over_all_items = true},
}};

// The k of "hr@k"; none for other scores.
std::optional<std::size_t> cutoff_of(std::string_view score, std::string_view metric) {
  if (!score.starts_with(metric) || score.size() <= metric.size() || score[metric.size()] != '@') return std::nullopt;
  const std::string_view digits = score.substr(metric.size() + 1);
  std::size_t k = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), k);
  return parsed.ec == std::errc() ? std::optional(k) : std::nullopt;
}

std::map<std::size_t, double> by_cutoff(std::span<const Score> scores, std::string_view metric) {
  std::map<std::size_t, double> values;
  for (const Score& score : scores) {
    if (const auto k = cutoff_of(score.name, metric)) values[*k] = score.value;
  }
  return values;
}

// Written so that NaN counts as a violation.
bool in_order(double low, double high) {
  constexpr double kRounding = 1e-12;
  return low <= high + kRounding;
}

}  // namespace

double hit_rate_at_k(std::size_t rank, std::size_t k) { return within(rank, k) ? 1.0 : 0.0; }

double ndcg_at_k(std::size_t rank, std::size_t k) {
  return within(rank, k) ? 1.0 / std::log2(static_cast<double>(rank) + 1.0) : 0.0;
}

double mrr_at_k(std::size_t rank, std::size_t k) { return within(rank, k) ? 1.0 / static_cast<double>(rank) : 0.0; }

double reciprocal_rank(std::size_t rank) { return mrr_at_k(rank, std::numeric_limits<std::size_t>::max()); }

std::span<const RankingMetric> ranking_metrics() { return kMetrics; }

void check_consistent(std::span<const Score> scores) {
  const auto hits = by_cutoff(scores, "hr"), gains = by_cutoff(scores, "ndcg");
  bool sound = true;
  double before = 0;
  for (const auto& [k, hit] : hits) {
    sound = sound && in_order(before, hit);
    before = hit;
  }
  for (const auto& [k, gain] : gains) {
    const auto hit = hits.find(k);
    sound = sound && (hit == hits.end() || in_order(gain, hit->second));
  }
  if (sound) return;
  std::string got;
  for (const Score& score : scores) got += fmt::format("{}{} {}", got.empty() ? "" : ", ", score.name, score.value);
  throw Error(ErrorCode::kInternal, ErrorSubject::kModel, "ranking metrics contradict each other",
              {.where = "evaluate", .expected = "HR@k that grows with k, and NDCG@k <= HR@k", .got = got});
}

void RankingMetrics::add(std::size_t rank) {
  ++users_;
  for (std::size_t i = 0; i < kMetrics.size(); ++i) {
    const double counted = kMetrics[i].of_rank(rank);
    sums_[i].value += counted;
    if (kMetrics[i].compared) sums_[i].per_user.push_back(counted);
  }
}

std::vector<Score> RankingMetrics::scores(RankedBy ranked_by) const {
  std::vector<Score> means;
  for (std::size_t i = 0; i < kMetrics.size(); ++i) {
    means.push_back({.name = std::string(kMetrics[i].name),
                     .value = users_ == 0 ? 0 : sums_[i].value / static_cast<double>(users_),
                     .per_question = sums_[i].per_user,
                     .heading = std::string(kMetrics[i].heading),
                     .within_list = kMetrics[i].over_all_items && ranked_by == RankedBy::kList});
  }
  check_consistent(means);
  return means;
}

}  // namespace p5
