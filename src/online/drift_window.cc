#include "online/drift_window.h"

#include <cassert>
#include <cmath>
#include <numeric>
#include <utility>

namespace p5 {

void DriftWindow::compare_with(std::vector<double> reference) {
  assert(reference.size() <= 256);
  reference_ = std::move(reference);
  counts_.assign(reference_.size(), 0);
  ring_.clear();
  next_ = 0;
}

void DriftWindow::add(std::size_t bin) {
  assert(bin < bins());
  ++counts_[bin];
  if (ring_.size() < most_) {
    ring_.push_back(static_cast<std::uint8_t>(bin));
    return;
  }
  --counts_[ring_[next_]];
  ring_[next_] = static_cast<std::uint8_t>(bin);
  next_ = (next_ + 1) % most_;
}

std::optional<double> DriftWindow::index() const {
  const double expected = std::accumulate(reference_.begin(), reference_.end(), 0.0);
  if (ring_.empty() || expected <= 0) return std::nullopt;
  const double smoothed = 0.5 * static_cast<double>(bins());
  double index = 0;
  for (std::size_t bin = 0; bin < bins(); ++bin) {
    const double e = (reference_[bin] + 0.5) / (expected + smoothed);
    const double a = (static_cast<double>(counts_[bin]) + 0.5) / (static_cast<double>(values()) + smoothed);
    index += (a - e) * std::log(a / e);
  }
  return index;
}

std::vector<DriftWindow::Bin> DriftWindow::shares() const {
  const double expected = std::accumulate(reference_.begin(), reference_.end(), 0.0);
  std::vector<Bin> all(bins());
  for (std::size_t bin = 0; bin < bins(); ++bin) {
    if (expected > 0) all[bin].expected = reference_[bin] / expected;
    if (values() > 0) all[bin].live = static_cast<double>(counts_[bin]) / static_cast<double>(values());
  }
  return all;
}

}  // namespace p5
