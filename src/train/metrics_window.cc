#include "train/metrics_window.h"

#include <algorithm>

namespace p5 {
namespace {

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

}  // namespace

StepCost& StepCost::operator+=(const StepCost& other) {
  tokens += other.tokens;
  padded_tokens += other.padded_tokens;
  seconds += other.seconds;
  waited += other.waited;
  return *this;
}

void MetricsWindow::add_rows(std::span<const float> losses, std::span<const std::int16_t> families) {
  for (std::size_t row = 0; row < std::min(losses.size(), families.size()); ++row) {
    Sum& sum = families_[families[row]];
    sum.total += losses[row];
    ++sum.count;
  }
}

void MetricsWindow::add_step(double loss, double grad_norm, const StepCost& cost) {
  loss_ += loss;
  grad_norm_ += grad_norm;
  cost_ += cost;
  ++steps_;
}

StepRecord MetricsWindow::take() {
  StepRecord record;
  const double steps = static_cast<double>(std::max<std::int64_t>(1, steps_));
  record.loss = loss_ / steps;
  record.grad_norm = grad_norm_ / steps;
  const auto tokens = static_cast<double>(cost_.tokens), padded = static_cast<double>(cost_.padded_tokens);
  record.padding = ratio(padded - tokens, padded);
  record.waiting = ratio(cost_.waited, cost_.seconds);
  record.tokens_per_second = ratio(tokens, cost_.seconds);
  for (const auto& [family, sum] : families_) {
    record.family_loss[name_of(family)] = sum.total / static_cast<double>(sum.count);
  }
  families_.clear();
  loss_ = grad_norm_ = 0;
  steps_ = 0;
  cost_ = {};
  return record;
}

std::string MetricsWindow::name_of(std::int16_t family) const {
  const auto index = static_cast<std::size_t>(family);
  return family >= 0 && index < names_.size() ? names_[index] : "family " + std::to_string(family);
}

}  // namespace p5
