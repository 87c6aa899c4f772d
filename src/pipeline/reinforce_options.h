// Settings of learning from rewards (pipeline/policy_batches.h). A plain value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/option_table.h"

namespace p5 {

struct ReinforceOptions {
  std::int64_t group = 0;                 // items of a group; 0 = no reinforcement learning
  std::int64_t positions = 16;            // groups of a batch
  double kl = 0.02;                       // weight of the divergence from the base
  double rank_penalty = 1;                // of wrong items together
  std::vector<std::string> rewards = {};  // "event=reward"; 1 where not listed

  void bind(OptionTable& table);  // rows reinforce.*
};

}  // namespace p5
