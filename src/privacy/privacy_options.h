// What a user may choose about differentially private training. A plain value.
#pragma once

#include <cstdint>

#include "base/option_table.h"

namespace p5 {

struct PrivacyOptions {
  // Whose presence the trained weights do not tell: nobody's, that of one training example, or that of one user with
  // all events and reviews.
  enum class Unit : std::uint8_t { kNone, kExample, kUser };

  Unit unit = Unit::kNone;
  double noise = 0;           // standard deviation of the noise, in clips; 0 = as epsilon asks
  double epsilon = 0;         // that training may spend; 0 = as noise spends
  double delta = 0;           // 0 = units^-1.1
  double clip = 1;            // largest norm of what one unit adds to a step
  std::int64_t batch = 64;    // units of a step, on average
  std::int64_t examples = 8;  // of a user in a step
  bool secret_noise = true;   // noise and samples from the operating system's generator; else from train.seed

  bool on() const { return unit != Unit::kNone; }
  void bind(OptionTable& table);  // rows privacy.*
};

}  // namespace p5
