// The learning rate of each optimizer step: a linear warm-up to the peak, then one of four shapes. Immutable;
// thread-safe.
#pragma once

#include <cstdint>
#include <string_view>

namespace p5 {

// Steps are optimizer steps, not batches: with accumulation a step takes several batches (pitfall 34).
struct ScheduleOptions {
  double peak = 1e-3;             // learning rate at the end of the warm-up
  std::int64_t warmup_steps = 0;  // step s < warmup_steps gets peak * (s + 1) / warmup_steps
  std::int64_t total_steps = 1;   // where linear and cosine would reach 0
};

class LearningRateSchedule {
 public:
  // `shape`: "constant", "linear" (to 0), "cosine" (to 0, Loshchilov and Hutter 2017) or "inverse-sqrt" (Vaswani et
  // al. 2017). Throws InvalidArgument with the known shapes.
  LearningRateSchedule(std::string_view shape, const ScheduleOptions& options);

  // The rate of step `step`, counted from 0. Never 0 for a step below total_steps: no step is wasted.
  double at(std::int64_t step) const;

 private:
  enum class Shape { kConstant, kLinear, kCosine, kInverseSqrt };
  Shape shape_;
  ScheduleOptions options_;
};

}  // namespace p5
