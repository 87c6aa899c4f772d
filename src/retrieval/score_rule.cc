#include "retrieval/score_rule.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace p5 {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr double kUnlikely = -30;  // log-likelihood of a target that a source excludes
constexpr double kListed = 0.99;   // most that a list may hold of all probability
constexpr double kEvenShares[] = {0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4};
constexpr double kFactors[] = {0.25, 0.5, 1, 2, 4, 8, 16, 32, 64};

void of_counts(double even_share, std::span<const float> scores, std::span<float> out) {
  double total = 0;
  std::size_t finite = 0;
  for (const float score : scores) {
    if (!std::isfinite(score)) continue;
    ++finite;
    if (score > 0) total += static_cast<double>(score);
  }
  const double even = (total > 0 ? even_share : 1.0) / static_cast<double>(std::max<std::size_t>(1, finite));
  const double scale = total > 0 ? (1 - even_share) / total : 0.0;
  const auto floor = static_cast<float>(std::log(even));
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!std::isfinite(scores[i])) {
      out[i] = kNever;
    } else if (scores[i] > 0) {
      out[i] = static_cast<float>(std::log(scale * static_cast<double>(scores[i]) + even));
    } else {
      out[i] = floor;
    }
  }
}

void of_logits(double factor, std::span<const float> scores, std::span<float> out) {
  float largest = kNever;
  for (const float score : scores) {
    if (std::isfinite(score)) largest = std::max(largest, score);
  }
  double total = 0;
  for (const float score : scores) {
    if (std::isfinite(score)) total += static_cast<double>(std::exp(static_cast<float>(factor) * (score - largest)));
  }
  const auto log_total = static_cast<float>(std::log(total));
  for (std::size_t i = 0; i < scores.size(); ++i) {
    out[i] = std::isfinite(scores[i]) ? static_cast<float>(factor) * (scores[i] - largest) - log_total : kNever;
  }
}

}  // namespace

void log_probabilities(const ScoreRule& rule, std::span<const float> scores, std::span<float> out) {
  if (rule.kind == ScoreRule::Kind::kLogits) {
    of_logits(rule.parameter, scores, out);
  } else {
    of_counts(rule.parameter, scores, out);
  }
}

ListProbabilities list_probabilities(std::span<const Candidate> list, std::size_t competing) {
  const bool counts = std::any_of(list.begin(), list.end(), [](const Candidate& c) { return c.score > 0; });
  std::vector<double> shares;
  double total = 0;
  for (const Candidate& candidate : list) {
    const auto score = static_cast<double>(candidate.score);
    shares.push_back(std::max(1e-12, counts ? score : std::exp(score)));
    total += shares.back();
  }
  const double scale = counts || total > kListed ? kListed / total : 1.0;
  ListProbabilities result;
  double least = 1;
  for (const double share : shares) {
    result.listed.push_back(static_cast<float>(std::log(share * scale)));
    least = std::min(least, share * scale);
  }
  const std::size_t others = competing > list.size() ? competing - list.size() : 1;
  const double rest = (1 - (list.empty() ? 0.0 : total * scale)) / static_cast<double>(others);
  result.other = static_cast<float>(std::log(std::min(rest, least)));
  return result;
}

ScoreRuleChoice::ScoreRuleChoice() {
  for (const double share : kEvenShares) rules_.push_back({ScoreRule::Kind::kCounts, share});
  for (const double factor : kFactors) rules_.push_back({ScoreRule::Kind::kLogits, factor});
  log_likelihoods_.assign(rules_.size(), 0.0);
}

void ScoreRuleChoice::add(std::span<const float> scores, ItemId target) {
  std::vector<float> logs(scores.size());
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    log_probabilities(rules_[i], scores, logs);
    log_likelihoods_[i] += std::max(kUnlikely, static_cast<double>(logs[target]));
  }
}

ScoreRule ScoreRuleChoice::best() const {
  const auto best = std::max_element(log_likelihoods_.begin(), log_likelihoods_.end());
  return rules_[static_cast<std::size_t>(best - log_likelihoods_.begin())];
}

}  // namespace p5
