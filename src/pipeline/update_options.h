// When a run is updated from feedback, and when its update takes its place (pipeline/update_stage.h). A plain value.
#pragma once

#include <cstdint>
#include <string>

#include "base/option_table.h"

namespace p5 {

enum class PromoteRule { kNotWorse, kBetter, kAlways };
// As update.promote has it.
std::string to_string(PromoteRule rule);

struct UpdateOptions {
  std::int64_t min_events = 100;  // that must wait before anything is trained
  double every = 60;              // minutes after which fewer will do, with --follow; 0: never
  PromoteRule promote = PromoteRule::kNotWorse;
  double tolerance = 0;             // of NDCG@10
  std::int64_t prequential = 1000;  // new events that the current generation is asked for first, at most; 0: none
  std::int64_t questions = 2000;    // users of each group that both generations are asked for, at most
  std::int64_t resamples = 2000;    // of the bootstrap
  std::int64_t keep = 5;            // newest generations whose folders stay
  double new_share = 0.5;           // of an adapter's examples that are about new events
  std::int64_t seed = 2022;

  void bind(OptionTable& table);  // rows update.*
};

}  // namespace p5
