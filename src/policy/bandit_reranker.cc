#include "policy/bandit_reranker.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/rng.h"

namespace p5 {
namespace {

// What each of several thetas says of each item of a pool: the share of thetas whose best item it is of those left.
class VotePolicy final : public ExplorationPolicy {
 public:
  // values [thetas, items]
  VotePolicy(std::vector<double> values, std::size_t items) : values_(std::move(values)), items_(items) {}

  void weigh(const OpenPlace& place, std::span<double> weights) const override {
    std::ranges::fill(weights, 0.0);
    for (std::size_t begin = 0; begin < values_.size(); begin += items_) {
      std::size_t best = 0;
      for (std::size_t i = 1; i < place.left.size(); ++i) {
        if (values_[begin + place.left[i]] > values_[begin + place.left[best]]) best = i;
      }
      weights[best] += 1;
    }
  }

 private:
  std::vector<double> values_;
  std::size_t items_;
};

// theta x of each row of x [items, features].
void add_values(std::span<const double> theta, std::span<const double> x, std::vector<double>& values) {
  for (std::size_t begin = 0; begin < x.size(); begin += theta.size()) {
    double sum = 0;
    for (std::size_t at = 0; at < theta.size(); ++at) sum += theta[at] * x[begin + at];
    values.push_back(sum);
  }
}

std::vector<double> optimistic_values(const LinearBandit& bandit, std::span<const double> x, double alpha) {
  std::vector<double> values;
  for (std::size_t begin = 0; begin < x.size(); begin += bandit.features()) {
    const auto row = x.subspan(begin, bandit.features());
    values.push_back(bandit.predict(row) + (alpha > 0 ? alpha * bandit.uncertainty(row) : 0));
  }
  return values;
}

std::vector<double> drawn_values(const LinearBandit& bandit, std::span<const double> x, double scale, Rng& rng) {
  const std::size_t size = bandit.features();
  const std::vector<double> lower = bandit.lower_of_inverse();
  std::vector<double> values, theta(size), lots(size);
  values.reserve(BanditReranker::kThetas * x.size() / size);
  for (std::size_t draw = 0; draw < BanditReranker::kThetas; ++draw) {
    for (double& lot : lots) lot = scale * rng.normal();
    theta = bandit.theta();
    for (std::size_t row = 0; row < size; ++row) {
      for (std::size_t k = 0; k <= row; ++k) theta[row] += lower[row * size + k] * lots[k];
    }
    add_values(theta, x, values);
  }
  return values;
}

}  // namespace

BanditReranker::BanditReranker(const RerankOptions& options, std::shared_ptr<const BanditFeatures> features,
                               std::shared_ptr<BanditModel> model, const ItemCatalog& catalog, Use use)
    : options_(options), features_(std::move(features)), model_(std::move(model)), catalog_(&catalog), use_(use) {}

std::vector<double> BanditReranker::features_of(const CandidateQuery& query, std::span<const Candidate> pool) const {
  std::vector<double> x(pool.size() * features_->count());
  features_->write(query, pool, x);
  return x;
}

ExploringReranker BanditReranker::explorer(const CandidateQuery& query, std::span<const double> x,
                                           std::size_t items) const {
  const LinearBandit bandit = model_->bandit();
  const bool draws = options_.method != RerankOptions::Method::kLinUcb && options_.strength > 0;
  Rng rng = list_rng(query, options_.seed, "thetas");
  std::vector<double> values =
      draws ? drawn_values(bandit, x, options_.strength, rng) : optimistic_values(bandit, x, options_.strength);
  return {std::make_unique<VotePolicy>(std::move(values), items), static_cast<std::size_t>(options_.fixed),
          options_.seed};
}

std::vector<RankedCandidate> BanditReranker::rerank(const CandidateQuery& query, std::span<const Candidate> pool,
                                                    std::size_t k) const {
  if (pool.empty()) return {};
  const std::vector<double> x = features_of(query, pool);
  std::vector<RankedCandidate> list = explorer(query, x, pool.size()).rerank(query, pool, k);
  if (use_ == Use::kLearn && !query.draw.empty()) tell(query, pool, x, list);
  return list;
}

std::vector<double> BanditReranker::propensities(const CandidateQuery& query, std::span<const Candidate> pool,
                                                 std::span<const ItemId> list) const {
  if (pool.empty()) return std::vector<double>(list.size(), 0.0);
  return explorer(query, features_of(query, pool), pool.size()).propensities(query, pool, list);
}

void BanditReranker::tell(const CandidateQuery& query, std::span<const Candidate> pool, std::span<const double> x,
                          std::span<const RankedCandidate> list) const {
  std::vector<BanditModel::Shown> shown;
  for (const RankedCandidate& each : list) {
    const auto at = std::ranges::find(pool, each.candidate.item, &Candidate::item) - pool.begin();
    const auto row = x.subspan(static_cast<std::size_t>(at) * features_->count(), features_->count());
    shown.push_back({std::string(catalog_->key(each.candidate.item)), {row.begin(), row.end()}});
  }
  model_->decided(query.draw, std::move(shown));
}

}  // namespace p5
