#include "search/setting_importance.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace p5 {
namespace {

struct Leaf {
  std::vector<std::pair<double, double>> box;  // of the unit cube, per setting
  double value = 0;

  double extent(std::size_t setting) const { return box[setting].second - box[setting].first; }
  double volume() const {
    double product = 1;
    for (std::size_t i = 0; i < box.size(); ++i) product *= extent(i);
    return product;
  }
};

struct Cut {
  std::size_t setting = 0;
  double at = 0, gain = 0;
};

// A regression tree that keeps only its leaves (Breiman 2001, with half of the settings tried per node).
class Tree {
 public:
  Tree(std::span<const Observation> observed, std::size_t settings, const ForestOptions& options, Rng& rng)
      : observed_(observed), settings_(settings), options_(options), rng_(rng) {
    std::vector<std::size_t> rows(observed.size());
    for (std::size_t& row : rows) row = rng_.below(observed.size());  // with replacement
    grow(std::move(rows), std::vector<std::pair<double, double>>(settings, {0.0, 1.0}));
  }

  const std::vector<Leaf>& leaves() const { return leaves_; }

 private:
  double score(std::size_t row) const { return observed_[row].score; }

  void grow(std::vector<std::size_t> rows, std::vector<std::pair<double, double>> box) {
    const Cut cut = best_cut(rows);
    if (cut.gain <= 0) {
      double sum = 0;
      for (const std::size_t row : rows) sum += score(row);
      leaves_.push_back({.box = std::move(box), .value = sum / static_cast<double>(rows.size())});
      return;
    }
    const auto middle = std::partition(rows.begin(), rows.end(),
                                       [&](std::size_t row) { return observed_[row].point[cut.setting] < cut.at; });
    auto below = box, above = std::move(box);
    below[cut.setting].second = above[cut.setting].first = cut.at;
    grow({rows.begin(), middle}, std::move(below));
    grow({middle, rows.end()}, std::move(above));
  }

  Cut best_cut(std::vector<std::size_t> rows) {
    std::vector<std::size_t> tried(settings_);
    std::iota(tried.begin(), tried.end(), std::size_t{0});
    rng_.shuffle(std::span(tried));
    tried.resize((settings_ + 1) / 2);
    Cut best;
    for (const std::size_t setting : tried) try_setting(setting, rows, best);
    return best;
  }

  // The cut with the largest reduction of the sum of squares.
  void try_setting(std::size_t setting, std::vector<std::size_t>& rows, Cut& best) const {
    const auto at = [&](std::size_t i) { return observed_[rows[i]].point[setting]; };
    std::sort(rows.begin(), rows.end(),
              [&](std::size_t a, std::size_t b) { return observed_[a].point[setting] < observed_[b].point[setting]; });
    double total = 0;
    for (const std::size_t row : rows) total += score(row);
    const auto count = static_cast<double>(rows.size());
    double below = 0;
    for (std::size_t i = 1; i < rows.size(); ++i) {
      below += score(rows[i - 1]);
      if (i < options_.leaf || rows.size() - i < options_.leaf || !(at(i - 1) < at(i))) continue;
      const auto left = static_cast<double>(i);
      const double mean_difference = below / left - (total - below) / (count - left);
      const double gain = left * (count - left) / count * mean_difference * mean_difference;
      if (gain > best.gain + 1e-15) best = {.setting = setting, .at = (at(i - 1) + at(i)) / 2, .gain = gain};
    }
  }

  std::span<const Observation> observed_;
  std::size_t settings_;
  const ForestOptions& options_;
  Rng& rng_;
  std::vector<Leaf> leaves_;
};

// The variance of the tree's mean over all settings but one, along that one.
double marginal_variance(const std::vector<Leaf>& leaves, std::size_t setting, double mean) {
  std::vector<double> ends;
  for (const Leaf& leaf : leaves) ends.insert(ends.end(), {leaf.box[setting].first, leaf.box[setting].second});
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  double variance = 0;
  for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
    double marginal = 0;
    for (const Leaf& leaf : leaves) {
      const auto& [from, to] = leaf.box[setting];
      if (from <= ends[i] && ends[i + 1] <= to) marginal += leaf.value * leaf.volume() / leaf.extent(setting);
    }
    variance += (ends[i + 1] - ends[i]) * (marginal - mean) * (marginal - mean);
  }
  return variance;
}

}  // namespace

std::vector<double> setting_importance(const SearchSpace& space, std::span<const Observation> observed,
                                       const ForestOptions& options) {
  std::vector<double> shares(space.size(), 0.0);
  if (observed.size() < 2 * options.leaf) return shares;
  Rng rng(options.seed, "setting importance");
  std::size_t trees_that_vary = 0;
  for (std::size_t t = 0; t < options.trees; ++t) {
    const Tree tree(observed, space.size(), options, rng);
    double mean = 0, variance = 0;
    for (const Leaf& leaf : tree.leaves()) mean += leaf.volume() * leaf.value;
    for (const Leaf& leaf : tree.leaves()) variance += leaf.volume() * (leaf.value - mean) * (leaf.value - mean);
    if (variance <= 0) continue;
    ++trees_that_vary;
    for (std::size_t i = 0; i < shares.size(); ++i) {
      shares[i] += marginal_variance(tree.leaves(), i, mean) / variance;
    }
  }
  for (double& share : shares) share /= static_cast<double>(std::max<std::size_t>(trees_that_vary, 1));
  return shares;
}

}  // namespace p5
