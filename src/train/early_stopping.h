// Watches a validation metric (NDCG@10, higher is better) and says when waiting longer is pointless. A value; not
// thread-safe.
#pragma once

#include <cstdint>
#include <limits>

namespace p5 {

class EarlyStopping {
 public:
  // Everything that a checkpoint must keep.
  struct State {
    double best = -std::numeric_limits<double>::infinity();
    std::int64_t best_step = 0;
    std::int64_t stale = 0;        // validations since the best one
    std::int64_t validations = 0;  // all so far
  };

  // `patience`: validations without a better metric before stopping; 0 = never.
  explicit EarlyStopping(std::int64_t patience) : patience_(patience) {}

  // Whether `metric` is the best so far. The first validation always is; NaN after it never is, and equal is not
  // better.
  bool update(double metric, std::int64_t step) {
    const bool better = state_.validations == 0 || metric > state_.best;
    ++state_.validations;
    state_.stale = better ? 0 : state_.stale + 1;
    if (better) {
      state_.best = metric == metric ? metric : -std::numeric_limits<double>::infinity();
      state_.best_step = step;
    }
    return better;
  }

  bool should_stop() const { return patience_ > 0 && state_.stale >= patience_; }
  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  std::int64_t patience_;
  State state_;
};

}  // namespace p5
