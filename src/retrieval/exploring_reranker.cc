#include "retrieval/exploring_reranker.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string>

namespace p5 {
namespace {

// The draws of one list, place after place.
class Draws {
 public:
  Draws(const ExplorationPolicy& policy, std::span<const Candidate> pool, std::size_t fixed)
      : policy_(policy), pool_(pool), relevance_(relevance_of(pool)), left_(pool.size() - fixed) {
    std::iota(left_.begin(), left_.end(), fixed);
  }

  // The weights of those that are left. REQUIRES that some are.
  const std::vector<double>& weigh() {
    weights_.resize(left_.size());
    policy_.weigh({.pool = pool_, .relevance = relevance_, .left = left_}, weights_);
    total_ = std::accumulate(weights_.begin(), weights_.end(), 0.0);
    return weights_;
  }
  std::size_t draw(double lot) const {
    double rest = lot * total_;
    std::size_t drawn = 0;
    while (drawn + 1 < weights_.size() && rest >= weights_[drawn]) rest -= weights_[drawn++];
    return drawn;
  }
  // Shows the one at this place of those that are left; its propensity.
  RankedCandidate take(std::size_t at) {
    const RankedCandidate taken{.candidate = pool_[left_[at]], .propensity = weights_[at] / total_};
    left_.erase(left_.begin() + static_cast<std::ptrdiff_t>(at));
    return taken;
  }
  // Where an item is among those that are left; left() where it is not.
  std::size_t find(ItemId item) const {
    const auto found = std::ranges::find_if(left_, [&](std::size_t at) { return pool_[at].item == item; });
    return static_cast<std::size_t>(found - left_.begin());
  }
  std::size_t left() const { return left_.size(); }

 private:
  const ExplorationPolicy& policy_;
  std::span<const Candidate> pool_;
  std::vector<double> relevance_;
  std::vector<std::size_t> left_;
  std::vector<double> weights_;
  double total_ = 0;
};

}  // namespace

Rng list_rng(const CandidateQuery& query, std::uint64_t seed, std::string_view stream) {
  const std::string prefix = stream.empty() ? "" : std::string(stream) + " ";
  if (!query.draw.empty()) return Rng(seed, fmt::format("{}draw {}", prefix, query.draw));
  const auto* bytes = reinterpret_cast<const char*>(query.history.data());
  const std::uint64_t history = stable_hash({bytes, query.history.size_bytes()});
  return Rng(seed, fmt::format("{}shuffle of {} {}", prefix, query.user, history));
}

std::vector<RankedCandidate> ExploringReranker::rerank(const CandidateQuery& query, std::span<const Candidate> pool,
                                                       std::size_t k) const {
  if (policy_ == nullptr) return in_given_order(pool, k);
  std::vector<RankedCandidate> list = in_given_order(pool, std::min(k, fixed_));
  Draws draws(*policy_, pool, list.size());
  Rng rng = list_rng(query, seed_);
  while (list.size() < k && draws.left() > 0) {
    draws.weigh();
    list.push_back(draws.take(draws.draw(rng.uniform())));
  }
  return list;
}

std::vector<double> ExploringReranker::propensities(const CandidateQuery& query, std::span<const Candidate> pool,
                                                    std::span<const ItemId> list) const {
  if (policy_ == nullptr) return Reranker::propensities(query, pool, list);
  const std::size_t fixed = std::min({fixed_, pool.size(), list.size()});
  std::vector<double> all(list.size(), 0.0);
  for (std::size_t place = 0; place < fixed; ++place) all[place] = pool[place].item == list[place] ? 1 : 0;
  Draws draws(*policy_, pool, fixed);
  for (std::size_t place = fixed; place < list.size() && draws.left() > 0; ++place) {
    const std::size_t at = draws.find(list[place]);
    if (at == draws.left()) continue;
    draws.weigh();
    all[place] = draws.take(at).propensity;
  }
  return all;
}

}  // namespace p5
