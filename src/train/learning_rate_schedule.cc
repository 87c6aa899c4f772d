#include "train/learning_rate_schedule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "p5/error.h"

namespace p5 {

LearningRateSchedule::LearningRateSchedule(std::string_view shape, const ScheduleOptions& options) : options_(options) {
  static constexpr std::array<std::pair<std::string_view, Shape>, 4> kShapes = {
      {{"constant", Shape::kConstant},
       {"linear", Shape::kLinear},
       {"cosine", Shape::kCosine},
       {"inverse-sqrt", Shape::kInverseSqrt}}};
  const auto* found =
      std::find_if(kShapes.begin(), kShapes.end(), [&](const auto& entry) { return entry.first == shape; });
  if (found == kShapes.end()) {
    throw usage_error(
        "unknown learning rate schedule",
        {.where = "train.schedule", .expected = "constant, linear, cosine or inverse-sqrt", .got = std::string(shape)});
  }
  shape_ = found->second;
  options_.total_steps = std::max<std::int64_t>(1, options_.total_steps);
  options_.warmup_steps = std::clamp<std::int64_t>(options_.warmup_steps, 0, options_.total_steps);
}

double LearningRateSchedule::at(std::int64_t step) const {
  const auto& [peak, warmup, total] = options_;
  if (step < warmup) return peak * static_cast<double>(step + 1) / static_cast<double>(warmup);
  const double decay_steps = static_cast<double>(std::max<std::int64_t>(1, total - warmup));
  const double done = std::min(1.0, static_cast<double>(step - warmup) / decay_steps);
  switch (shape_) {
    case Shape::kConstant:
      return peak;
    case Shape::kLinear:
      return peak * (1.0 - done);
    case Shape::kCosine:
      return peak * 0.5 * (1.0 + std::cos(std::numbers::pi * done));
    case Shape::kInverseSqrt:
      return peak * std::sqrt(static_cast<double>(std::max<std::int64_t>(1, warmup)) / static_cast<double>(step + 1));
  }
  return peak;
}

}  // namespace p5
