#include "recommend/list_shares.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace p5 {

std::vector<double> list_shares(std::span<const double> scores, std::string_view score_kind) {
  if (scores.empty()) return {};
  const bool logarithms = score_kind != "score";
  const double best = *std::max_element(scores.begin(), scores.end());
  std::vector<double> shares;
  for (const double score : scores) {
    const double part = logarithms ? std::exp(score - best) : std::max(score, 0.0);
    shares.push_back(std::isfinite(part) ? part : 0.0);
  }
  const double total = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& share : shares) share = total > 0 ? share / total : 1.0 / static_cast<double>(shares.size());
  return shares;
}

}  // namespace p5
