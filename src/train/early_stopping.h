// Tracks a validation metric and decides when to stop training. A value; not thread-safe.
#pragma once

#include <cmath>
#include <cstdint>

#include "train/selection_metric.h"

namespace p5 {

class EarlyStopping {
 public:
  // What a checkpoint must keep.
  struct State {
    double best = std::nan("");  // not finite: no validation has given a number yet
    std::int64_t best_step = 0;
    std::int64_t stale = 0;        // validations since the best one
    std::int64_t validations = 0;  // all so far
  };

  // `patience`: validations without a better metric before stopping; 0 = never.
  explicit EarlyStopping(std::int64_t patience, Better better = Better::kHigher)
      : patience_(patience), better_(better) {}

  // Whether `metric` is the best so far. The first validation always is; a later NaN never is, and an equal value is
  // not better.
  bool update(double metric, std::int64_t step) {
    const bool improved = state_.validations == 0 || improves(metric);
    ++state_.validations;
    state_.stale = improved ? 0 : state_.stale + 1;
    if (improved) {
      state_.best = metric;
      state_.best_step = step;
    }
    return improved;
  }

  bool should_stop() const { return patience_ > 0 && state_.stale >= patience_; }
  // Waits for a better metric as long as at the start.
  void forget_stale() { state_.stale = 0; }
  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  bool improves(double metric) const {
    if (!std::isfinite(state_.best)) return std::isfinite(metric);
    return better_ == Better::kLower ? metric < state_.best : metric > state_.best;
  }

  std::int64_t patience_;
  Better better_;
  State state_;
};

}  // namespace p5
