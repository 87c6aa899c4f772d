#include "train/learning_rate_schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace p5 {
namespace {

// Of the time; where few steps fit into it, most of them are at the peak all the same.
constexpr double kLongestWarmup = 0.2;

}  // namespace

LearningRateSchedule::LearningRateSchedule(ScheduleShape shape, const ScheduleOptions& options)
    : shape_(shape), options_(options) {
  options_.total_steps = std::max<std::int64_t>(1, options_.total_steps);
  options_.warmup_steps = std::clamp<std::int64_t>(options_.warmup_steps, 0, options_.total_steps);
}

double LearningRateSchedule::at(std::int64_t step, double time_share) const {
  const auto& [peak, warmup, total] = options_;
  if (step < warmup) {
    const double warm =
        std::max(static_cast<double>(step + 1) / static_cast<double>(warmup), time_share / kLongestWarmup);
    if (warm < 1) return peak * warm;
  }
  const double decay_steps = static_cast<double>(std::max<std::int64_t>(1, total - warmup));
  const double steps_done = static_cast<double>(std::max<std::int64_t>(0, step - warmup)) / decay_steps;
  const double done = std::min(1.0, std::max(steps_done, time_share));
  switch (shape_) {
    case ScheduleShape::kConstant:
      return peak;
    case ScheduleShape::kLinear:
      return peak * (1.0 - done);
    case ScheduleShape::kCosine:
      return peak * 0.5 * (1.0 + std::cos(std::numbers::pi * done));
    case ScheduleShape::kInverseSqrt:
      return peak * std::sqrt(static_cast<double>(std::max<std::int64_t>(1, warmup)) / static_cast<double>(step + 1));
  }
  return peak;
}

}  // namespace p5
