#include "train/metrics_window.h"

#include <algorithm>

namespace p5 {

void MetricsWindow::add_rows(std::span<const float> losses, std::span<const std::int16_t> families) {
  for (std::size_t row = 0; row < std::min(losses.size(), families.size()); ++row) {
    Sum& sum = families_[families[row]];
    sum.total += losses[row];
    ++sum.count;
  }
}

void MetricsWindow::add_step(double loss, double grad_norm, std::int64_t tokens) {
  loss_ += loss;
  grad_norm_ += grad_norm;
  tokens_ += tokens;
  ++steps_;
}

StepRecord MetricsWindow::take(double seconds) {
  StepRecord record;
  const double steps = static_cast<double>(std::max<std::int64_t>(1, steps_));
  record.loss = loss_ / steps;
  record.grad_norm = grad_norm_ / steps;
  record.tokens_per_second = seconds > 0 ? static_cast<double>(tokens_) / seconds : 0;
  for (const auto& [family, sum] : families_) {
    record.family_loss[name_of(family)] = sum.total / static_cast<double>(sum.count);
  }
  families_.clear();
  loss_ = grad_norm_ = 0;
  steps_ = tokens_ = 0;
  return record;
}

std::string MetricsWindow::name_of(std::int16_t family) const {
  const auto index = static_cast<std::size_t>(family);
  return family >= 0 && index < names_.size() ? names_[index] : "family " + std::to_string(family);
}

}  // namespace p5
