#include "retrieval/shuffling_reranker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "base/rng.h"

namespace p5 {
namespace {

Rng draw_of(const CandidateQuery& query, std::uint64_t seed) {
  const auto* bytes = reinterpret_cast<const char*>(query.history.data());
  const std::uint64_t history = stable_hash({bytes, query.history.size_bytes()});
  return Rng(seed, fmt::format("shuffle of {} {}", query.user, history));
}

}  // namespace

std::vector<RankedCandidate> ShufflingReranker::rerank(const CandidateQuery& query, std::span<const Candidate> pool,
                                                       std::size_t k) const {
  if (strength_ <= 0) return in_given_order(pool, k);
  std::vector<RankedCandidate> list = in_given_order(pool, std::min(k, fixed_));
  const std::vector<double> relevance = relevance_of(pool);
  std::vector<std::size_t> rest(pool.size() - list.size());
  std::iota(rest.begin(), rest.end(), list.size());
  std::vector<double> weights;
  Rng rng = draw_of(query, seed_);
  while (list.size() < std::min(k, pool.size())) {
    // Relative to the best that is left, which is the first: the sum is at least 1 however small the strength.
    weights.clear();
    for (const std::size_t i : rest) weights.push_back(std::exp((relevance[i] - relevance[rest.front()]) / strength_));
    const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
    double left = rng.uniform() * total;
    std::size_t drawn = 0;
    while (drawn + 1 < rest.size() && left >= weights[drawn]) left -= weights[drawn++];
    list.push_back({.candidate = pool[rest[drawn]], .propensity = weights[drawn] / total});
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(drawn));
  }
  return list;
}

}  // namespace p5
