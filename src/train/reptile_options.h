// What a user may choose about meta-learning over users (train/unit_steps_module.h). A plain value.
#pragma once

#include <cstdint>

#include "base/option_table.h"

namespace p5 {

struct ReptileOptions {
  std::int64_t users = 0;  // of a step, on average; 0 = off
  std::int64_t steps = 5;  // of each user
  std::int64_t batch = 8;  // examples of a user's step
  double lr = 0.05;        // of a user's steps; the outer rate is train.lr
  double clip = 1;         // largest norm of the gradient of a user's step; 0 = no limit

  bool on() const { return users > 0; }
  void bind(OptionTable& table);  // rows reptile.*
};

}  // namespace p5
