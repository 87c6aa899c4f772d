// The learning rate of each optimizer step: a linear warm-up to the peak, then one of four shapes. Immutable;
// thread-safe.
#pragma once

#include <cstdint>

namespace p5 {

// Steps are optimizer steps, not batches: with accumulation a step takes several batches (pitfall 34).
struct ScheduleOptions {
  double peak = 1e-3;             // learning rate at the end of the warm-up
  std::int64_t warmup_steps = 0;  // step s < warmup_steps gets peak * (s + 1) / warmup_steps
  std::int64_t total_steps = 1;   // where linear and cosine would reach 0
};

// Linear and cosine (Loshchilov and Hutter 2017) fall to 0; the inverse square root is that of Vaswani et al. 2017.
enum class ScheduleShape { kConstant, kLinear, kCosine, kInverseSqrt };

class LearningRateSchedule {
 public:
  LearningRateSchedule(ScheduleShape shape, const ScheduleOptions& options);

  // The rate of step `step`, counted from 0. Never 0 for a step below total_steps: no step is wasted. `time_share`: how
  // much of the time for all steps is over; linear and cosine follow whichever of steps and time is further, and the
  // warm-up ends after a fifth of the time at the latest.
  double at(std::int64_t step, double time_share = 0) const;

 private:
  ScheduleShape shape_;
  ScheduleOptions options_;
};

}  // namespace p5
