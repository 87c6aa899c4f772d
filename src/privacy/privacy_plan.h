// How a private training keeps to its budget: rate of the samples, noise and delta, settled before the first step.
// A plain value; thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "privacy/privacy_options.h"
#include "privacy/rdp_accountant.h"

namespace p5 {

struct PrivacyPlan {
  std::string unit;        // "example", "user" or "client"
  std::int64_t units = 0;  // that there are
  double rate = 0;         // with which each is in a step
  double noise = 0;        // in multiples of clip
  double clip = 0;
  double delta = 0;
  double target = 0;       // epsilon that the steps must not exceed; 0 = none
  std::int64_t steps = 0;  // planned

  // `unit` names what units are; `per_step`: of them in a step on average. Throws InvalidArgument (request) for options
  // that leave the noise open, for noise that spends more than options.epsilon, and for an epsilon that no noise
  // reaches, each with what would do.
  static PrivacyPlan of(const PrivacyOptions& options, std::string unit, std::int64_t units, std::int64_t per_step,
                        std::int64_t steps);

  // What `done` steps have spent.
  PrivacySpent after(std::int64_t done) const;
  std::string describe() const;  // in a sentence
};

}  // namespace p5
