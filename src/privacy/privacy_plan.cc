#include "privacy/privacy_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "p5/error.h"

namespace p5 {
namespace {

// Half of the steps until their noise can be paid, or nothing.
std::string fewer_units(const PrivacyOptions& options, std::int64_t units, std::int64_t steps, double delta) {
  for (std::int64_t batch = options.batch / 2; batch >= 1; batch /= 2) {
    const double rate = static_cast<double>(batch) / static_cast<double>(units);
    if (epsilon_of({.rate = rate, .noise = options.noise, .steps = steps}, delta).epsilon <= options.epsilon) {
      return fmt::format(", or privacy.batch = {}", batch);
    }
  }
  return "";
}

void require_enough_noise(const PrivacyPlan& plan, const PrivacyOptions& options) {
  const double spent = plan.after(plan.steps).epsilon;
  if (plan.target == 0 || spent <= plan.target) return;
  const double noise = noise_for(plan.target, plan.delta, plan.rate, plan.steps);
  const std::int64_t steps = steps_for(plan.target, plan.delta, plan.rate, plan.noise);
  std::string ways = std::isfinite(noise) ? fmt::format("privacy.noise = {:.4g}", std::ceil(noise * 1e3) / 1e3) : "";
  if (steps > 0) ways += fmt::format("{}train.max_steps = {}", ways.empty() ? "" : ", or ", steps);
  if (plan.unit != "client") ways += fewer_units(options, plan.units, plan.steps, plan.delta);
  throw usage_error("this noise cannot reach the epsilon that was asked for",
                    {.where = fmt::format("privacy.noise = {:g}", plan.noise),
                     .expected = fmt::format("{} for epsilon {:g} at delta {:.2g}", ways, plan.target, plan.delta),
                     .got = fmt::format("epsilon {:.4g} after {} steps at rate {:.3g}", spent, plan.steps, plan.rate)});
}

double settled_noise(const PrivacyPlan& plan) {
  const double noise = noise_for(plan.target, plan.delta, plan.rate, plan.steps);
  if (std::isfinite(noise)) return noise;
  const double least = epsilon_of({.rate = plan.rate, .noise = 1e5, .steps = plan.steps}, plan.delta).epsilon;
  throw usage_error(
      "no noise reaches the epsilon that was asked for",
      {.where = "privacy.epsilon",
       .expected = fmt::format("{:.3g} or more at delta {:.2g}, or a larger privacy.delta", least, plan.delta),
       .got = fmt::format("{:g}", plan.target)});
}

}  // namespace

PrivacyPlan PrivacyPlan::of(const PrivacyOptions& options, std::string unit, std::int64_t units, std::int64_t per_step,
                            std::int64_t steps) {
  if (options.noise == 0 && options.epsilon == 0) {
    throw usage_error(
        "private training needs noise",
        {.where = "privacy.unit", .expected = "privacy.epsilon, from which the noise follows, or privacy.noise"});
  }
  if (units < 2) {
    throw usage_error("private training needs somebody to hide among",
                      {.where = "privacy.unit", .expected = "2 " + unit + "s or more", .got = std::to_string(units)});
  }
  PrivacyPlan plan{.unit = std::move(unit),
                   .units = units,
                   .rate = std::min(1.0, static_cast<double>(per_step) / static_cast<double>(units)),
                   .noise = options.noise,
                   .clip = options.clip,
                   .delta = options.delta > 0 ? options.delta : std::pow(static_cast<double>(units), -1.1),
                   .target = options.epsilon,
                   .steps = steps};
  if (options.noise > 0) {
    require_enough_noise(plan, options);
  } else {
    plan.noise = settled_noise(plan);
  }
  return plan;
}

PrivacySpent PrivacyPlan::after(std::int64_t done) const {
  return epsilon_of({.rate = rate, .noise = noise, .steps = done}, delta);
}

std::string PrivacyPlan::describe() const {
  return fmt::format(
      "privacy of one {} among {}: {:.3g} in a step on average, gradients clipped to {:g}, noise {:.4g}, "
      "delta {:.2g}; {} steps spend epsilon {:.3g}",
      unit, units, rate * static_cast<double>(units), clip, noise, delta, steps, after(steps).epsilon);
}

}  // namespace p5
