#include "retrieval/score_mixture.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace p5 {
namespace {

constexpr float kRrfConstant = 60;  // of Cormack et al.
constexpr double kLeastMixed = 1e-30;

}  // namespace

Mixture Mixture::of_part(std::size_t part, std::size_t parts, FusionMode mode) {
  Mixture mixture{.mode = mode, .weights = std::vector<double>(parts, 0), .sharpness = std::vector<double>(parts, 1)};
  mixture.weights[part] = 1;
  return mixture;
}

void mixture_terms(const CandidatePool& pool, std::size_t part, FusionMode mode, double sharpness,
                   std::span<float> out) {
  const auto log_p = pool.log_p_of(part);
  if (mode == FusionMode::kRrf) {
    const auto ranks = pool.ranks_of(part);
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = ranks[i] == 0 ? 0.0f : 1.0f / (kRrfConstant + static_cast<float>(ranks[i]));
    }
    return;
  }
  if (mode == FusionMode::kLog) {
    std::copy(log_p.begin(), log_p.end(), out.begin());
    return;
  }
  const auto power = static_cast<float>(sharpness);
  double total = static_cast<double>(pool.outside) * std::exp(sharpness * static_cast<double>(pool.rest[part]));
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = std::exp(power * log_p[i]);
    total += static_cast<double>(out[i]);
  }
  const auto scale = static_cast<float>(1 / std::max(total, kLeastMixed));
  for (float& term : out) term *= scale;
}

std::vector<float> mix(const CandidatePool& pool, const Mixture& mixture) {
  std::vector<float> scores(pool.size()), terms(pool.size());
  for (std::size_t part = 0; part < pool.part_count; ++part) {
    if (mixture.weights[part] == 0) continue;
    mixture_terms(pool, part, mixture.mode, mixture.sharpness[part], terms);
    const auto weight = static_cast<float>(mixture.weights[part]);
    for (std::size_t i = 0; i < scores.size(); ++i) scores[i] += weight * terms[i];
  }
  const auto bias = static_cast<float>(mixture.seen_bias);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (mixture.mode != FusionMode::kLog) scores[i] = std::log(std::max(scores[i], static_cast<float>(kLeastMixed)));
    if (pool.ages[i] != 0) scores[i] += bias;
  }
  return scores;
}

std::vector<float> shares_of(const CandidatePool& pool, const Mixture& mixture, std::size_t item) {
  std::vector<float> shares(pool.part_count), terms(pool.size());
  for (std::size_t part = 0; part < pool.part_count; ++part) {
    if (mixture.weights[part] == 0) continue;
    mixture_terms(pool, part, mixture.mode, mixture.sharpness[part], terms);
    const float term = mixture.mode == FusionMode::kLog ? std::max(0.0f, terms[item] - pool.rest[part]) : terms[item];
    shares[part] = static_cast<float>(mixture.weights[part]) * term;
  }
  const float total = std::accumulate(shares.begin(), shares.end(), 0.0f);
  for (std::size_t part = 0; part < shares.size(); ++part) {
    shares[part] = total > 0 ? shares[part] / total : static_cast<float>(mixture.weights[part]);
  }
  return shares;
}

}  // namespace p5
