// How the value of a policy is estimated from a log of another. A plain value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/option_table.h"

namespace p5 {

struct OpeOptions {
  std::vector<std::string> rewards = {};  // what events are worth; empty: 1 for each sign of interest
  std::int64_t places = 0;                // of each list that are judged, from the first; 0: all
  double clip = 0;                        // importance weights above this count as this; 0: none does
  double switch_above = 10;               // switch-DR: greater weights leave a place to the model of rewards
  double prior = 10;                      // the model of rewards: showings of the mean that an item begins with
  std::int64_t folds = 5;                 // parts of the log, each of which the others' model predicts
  std::int64_t resamples = 1000;          // of the bootstrap
  double confidence = 0.95;
  std::uint64_t seed = 2022;

  void bind(OptionTable& table);  // rows ope.*
};

}  // namespace p5
