// How a hybrid of sources is fit and asked. A plain value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/option_table.h"

namespace p5 {

struct HybridOptions {
  // kAuto compares all by cross-fitting on the validation part (hybrid_fit.h).
  enum class Method { kAuto, kRrf, kProbability, kLog, kLearned };
  Method method = Method::kAuto;
  std::vector<std::string> sources = {};  // the parts; empty: all that a run has
  std::int64_t pool = 100;                // best items of each part that are fused
  std::int64_t list = 20;                 // items that a part is asked for that cannot score all
  std::int64_t users = 8000;              // validation users that it is fit on, sampled by seed; 0 = all
  std::int64_t rerank = 50;               // best fused items that the learned ranker orders anew
  std::int64_t trees = 60;                // of the learned ranker
  std::int64_t seed = 2022;               // of the samples
  bool after_training = true;             // p5 train fits it at its end

  void bind(OptionTable& table);  // rows hybrid.*
};

}  // namespace p5
