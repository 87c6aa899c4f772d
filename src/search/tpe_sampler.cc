#include "search/tpe_sampler.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <tuple>
#include <utility>
#include <vector>

namespace p5 {
namespace {

// The density of one setting over [0, 1).
class Density {
 public:
  virtual ~Density() = default;
  virtual double draw(Rng& rng) const = 0;
  virtual double at(double coordinate) const = 0;
};

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

// A mixture of Gaussians cut off at 0 and 1, one around each observation and one wide prior around the middle. Each is
// as wide as the larger of the gaps to its neighbors, within limits.
class ParzenDensity final : public Density {
 public:
  explicit ParzenDensity(std::vector<double> observed) : centers_(std::move(observed)) {
    constexpr double kPriorCenter = 0.5, kPriorWidth = 1.0;
    centers_.push_back(kPriorCenter);
    std::sort(centers_.begin(), centers_.end());
    const double narrowest = 1.0 / std::min(100.0, 1.0 + static_cast<double>(centers_.size()));
    bool prior = false;
    for (std::size_t i = 0; i < centers_.size(); ++i) {
      const double below = i == 0 ? centers_[i] : centers_[i] - centers_[i - 1];
      const double above = i + 1 == centers_.size() ? 1 - centers_[i] : centers_[i + 1] - centers_[i];
      const bool is_prior = !prior && centers_[i] == kPriorCenter;
      prior = prior || is_prior;
      widths_.push_back(is_prior ? kPriorWidth : std::clamp(std::max(below, above), narrowest, 1.0));
    }
  }

  double draw(Rng& rng) const override {
    const std::size_t i = rng.below(centers_.size());
    for (int tries = 0; tries < 100; ++tries) {
      const double value = centers_[i] + widths_[i] * rng.normal();
      if (value >= 0 && value < 1) return value;
    }
    return rng.uniform();
  }

  double at(double coordinate) const override {
    constexpr double kRootTwoPi = 2.5066282746310002;
    double sum = 0;
    for (std::size_t i = 0; i < centers_.size(); ++i) {
      const double z = (coordinate - centers_[i]) / widths_[i];
      const double inside = normal_cdf((1 - centers_[i]) / widths_[i]) - normal_cdf(-centers_[i] / widths_[i]);
      sum += std::exp(-0.5 * z * z) / (kRootTwoPi * widths_[i] * inside);
    }
    return sum / static_cast<double>(centers_.size());
  }

 private:
  std::vector<double> centers_, widths_;
};

// How often each choice was observed, with one more for each: the prior.
class ChoiceDensity final : public Density {
 public:
  ChoiceDensity(std::size_t choices, const std::vector<double>& observed) : shares_(choices, 1.0) {
    for (const double coordinate : observed) shares_[cell(coordinate)] += 1;
    const double sum = std::accumulate(shares_.begin(), shares_.end(), 0.0);
    for (double& share : shares_) share /= sum;
  }

  double draw(Rng& rng) const override {
    double left = rng.uniform();
    std::size_t i = 0;
    while (i + 1 < shares_.size() && left >= shares_[i]) left -= shares_[i++];
    return (static_cast<double>(i) + 0.5) / static_cast<double>(shares_.size());
  }
  double at(double coordinate) const override { return shares_[cell(coordinate)]; }

 private:
  std::size_t cell(double coordinate) const {
    const auto i = static_cast<std::size_t>(coordinate * static_cast<double>(shares_.size()));
    return std::min(i, shares_.size() - 1);
  }

  std::vector<double> shares_;
};

std::unique_ptr<Density> density_of(const SearchSetting& setting, std::vector<double> observed) {
  if (setting.kind == SearchSetting::Kind::kChoice) {
    return std::make_unique<ChoiceDensity>(setting.choice_count(), observed);
  }
  return std::make_unique<ParzenDensity>(std::move(observed));
}

}  // namespace

SearchPoint TpeSampler::suggest(std::span<const Observation> observed, Rng& rng) const {
  if (observed.size() < std::max<std::size_t>(options_.startup, 2)) return space_->random_point(rng);
  std::vector<const Observation*> ranked;
  for (const Observation& observation : observed) ranked.push_back(&observation);
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto* a, const auto* b) { return a->score > b->score; });
  const auto good = static_cast<std::size_t>(std::ceil(options_.good_share * static_cast<double>(ranked.size())));

  SearchPoint point;
  for (std::size_t i = 0; i < space_->size(); ++i) {
    std::vector<double> best, rest;
    for (std::size_t r = 0; r < ranked.size(); ++r) (r < good ? best : rest).push_back(ranked[r]->point[i]);
    const auto wanted = density_of(space_->settings()[i], std::move(best));
    const auto other = density_of(space_->settings()[i], std::move(rest));
    double chosen = 0, chosen_ratio = -1;
    for (std::size_t c = 0; c < options_.candidates; ++c) {
      const double candidate = wanted->draw(rng);
      const double ratio = wanted->at(candidate) / other->at(candidate);
      if (ratio > chosen_ratio) std::tie(chosen, chosen_ratio) = std::pair(candidate, ratio);
    }
    point.push_back(chosen);
  }
  return point;
}

}  // namespace p5
