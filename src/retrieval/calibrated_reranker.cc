#include "retrieval/calibrated_reranker.h"

#include <algorithm>

namespace p5 {
namespace {

// The categories of a growing list, as far as the user's history has them: no others enter the measure.
class ListProfile {
 public:
  explicit ListProfile(const CategoryProfile& profile, std::span<const double> wanted)
      : profile_(profile), wanted_(wanted), sums_(wanted.size()), tried_(wanted.size()) {}

  // The miscalibration of the list with one more item.
  double with(ItemId item) {
    tried_ = sums_;
    const double count = count_ + (profile_.add(item, tried_) ? 1.0 : 0.0);
    if (count > 0) {
      for (double& sum : tried_) sum /= count;
    }
    return miscalibration(wanted_, tried_);
  }
  void add(ItemId item) { count_ += profile_.add(item, sums_) ? 1.0 : 0.0; }

 private:
  const CategoryProfile& profile_;
  std::span<const double> wanted_;
  std::vector<double> sums_, tried_;
  double count_ = 0;
};

}  // namespace

std::vector<RankedCandidate> CalibratedReranker::rerank(const CandidateQuery& query, std::span<const Candidate> pool,
                                                        std::size_t k) const {
  const std::vector<double> wanted = profile_.of(query.history);
  if (std::all_of(wanted.begin(), wanted.end(), [](double share) { return share == 0; })) {
    return in_given_order(pool, k);
  }
  const std::vector<double> relevance = relevance_of(pool);
  std::vector<bool> taken(pool.size());
  ListProfile categories(profile_, wanted);
  std::vector<RankedCandidate> list;
  while (list.size() < std::min(k, pool.size())) {
    std::size_t best = pool.size();
    double best_value = 0;
    for (std::size_t i = 0; i < pool.size(); ++i) {
      if (taken[i]) continue;
      // What the list already has is the same for all candidates.
      const double value = (1.0 - strength_) * relevance[i] - strength_ * categories.with(pool[i].item);
      if (best == pool.size() || value > best_value) {
        best = i;
        best_value = value;
      }
    }
    taken[best] = true;
    categories.add(pool[best].item);
    list.push_back({.candidate = pool[best]});
  }
  return list;
}

}  // namespace p5
