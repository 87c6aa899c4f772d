#include "evaluate/ranking_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "p5/error.h"

namespace p5 {
namespace {

bool within(std::size_t rank, std::size_t k) { return rank != kMiss && rank <= k; }

constexpr std::size_t kComparedCutoff = 10;

// A metric within a cut-off; `always` in every report.
struct MetricKind {
  std::string_view name, heading;
  double (*within)(std::size_t rank, std::size_t k);
  bool always = false;
};
constexpr std::array<MetricKind, 6> kKinds{{{"hr", "HR", hit_rate_at_k, true},
                                            {"recall", "Recall", hit_rate_at_k},
                                            {"precision", "Precision", precision_at_k},
                                            {"ndcg", "NDCG", ndcg_at_k, true},
                                            {"map", "MAP", mrr_at_k},
                                            {"mrr", "MRR", mrr_at_k}}};
constexpr std::string_view kAllItems = "mrr";  // without a cut-off

RankingMetric at_cutoff(const MetricKind& kind, std::size_t k) {
  return {.name = fmt::format("{}@{}", kind.name, k),
          .heading = fmt::format("{}@{}", kind.heading, k),
          .within = kind.within,
          .k = k,
          .compared = kind.name == "ndcg" && k == kComparedCutoff};
}

RankingMetric over_all_items() {
  return {.name = std::string(kAllItems),
          .heading = "MRR ",
          .within = mrr_at_k,
          .k = std::numeric_limits<std::size_t>::max(),
          .over_all_items = true};
}

// The k of "hr@k"; none for other scores.
std::optional<std::size_t> cutoff_of(std::string_view score, std::string_view metric) {
  if (!score.starts_with(metric) || score.size() <= metric.size() || score[metric.size()] != '@') return std::nullopt;
  const std::string_view digits = score.substr(metric.size() + 1);
  std::size_t k = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), k);
  return parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size() ? std::optional(k) : std::nullopt;
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

double precision_at_k(std::size_t rank, std::size_t k) { return within(rank, k) ? 1.0 / static_cast<double>(k) : 0.0; }

double mrr_at_k(std::size_t rank, std::size_t k) { return within(rank, k) ? 1.0 / static_cast<double>(rank) : 0.0; }

double reciprocal_rank(std::size_t rank) { return mrr_at_k(rank, std::numeric_limits<std::size_t>::max()); }

std::size_t RankingFigures::longest() const {
  const auto last = std::max_element(cutoffs.begin(), cutoffs.end());
  return std::max(kComparedCutoff, last == cutoffs.end() ? 0 : static_cast<std::size_t>(*last));
}

std::vector<std::string> further_ranking_metrics() {
  std::vector<std::string> names;
  for (const MetricKind& kind : kKinds) {
    if (!kind.always) names.emplace_back(kind.name);
  }
  return names;
}

std::vector<RankingMetric> ranking_metrics(const RankingFigures& figures) {
  std::set<std::size_t> cutoffs{kComparedCutoff};
  for (const std::int64_t k : figures.cutoffs) cutoffs.insert(static_cast<std::size_t>(k));
  std::vector<RankingMetric> metrics;
  for (const std::size_t k : cutoffs) {
    for (const MetricKind& kind : kKinds) {
      const bool asked = std::find(figures.more.begin(), figures.more.end(), kind.name) != figures.more.end();
      const bool hit_rate = &kind == &kKinds.front();
      if (hit_rate || (k > 1 && (kind.always || asked))) metrics.push_back(at_cutoff(kind, k));
    }
  }
  metrics.push_back(over_all_items());
  return metrics;
}

std::optional<RankingMetric> ranking_metric(std::string_view name) {
  if (name == kAllItems) return over_all_items();
  for (const MetricKind& kind : kKinds) {
    if (const auto k = cutoff_of(name, kind.name); k && *k > 0) return at_cutoff(kind, *k);
  }
  return std::nullopt;
}

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
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    const double counted = metrics_[i].of_rank(rank);
    sums_[i].value += counted;
    if (metrics_[i].compared) sums_[i].per_user.push_back(counted);
  }
}

std::vector<Score> RankingMetrics::scores(RankedBy ranked_by) const {
  std::vector<Score> means;
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    means.push_back({.name = metrics_[i].name,
                     .value = users_ == 0 ? 0 : sums_[i].value / static_cast<double>(users_),
                     .per_question = sums_[i].per_user,
                     .heading = metrics_[i].heading,
                     .within_list = metrics_[i].over_all_items && ranked_by == RankedBy::kList});
  }
  check_consistent(means);
  return means;
}

}  // namespace p5
