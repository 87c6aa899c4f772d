// The switches of an evaluation. A plain value.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/option_table.h"
#include "corpus/split.h"
#include "evaluate/ranking_metrics.h"
#include "p5/stop_token.h"

namespace p5 {

class BeyondAccuracy;

struct EvaluateOptions {
  std::string split = "test";   // test | valid; models are selected on valid only
  std::int64_t users = 0;       // users sampled by seed, for quick validation; 0 = all
  std::int64_t reviews = 2000;  // reviews sampled by seed per prompt that asks about one; 0 = all
  std::int64_t examples = 0;    // generated texts to show per prompt that asks for one, sampled by seed
  std::int64_t negatives = 99;  // per user, next to the target, in direct tasks
  std::int64_t seed = 2022;     // samples users and reviews, and orders direct candidates
  std::int64_t list = 20;       // items per list of a source that cannot score all: the beam
  std::vector<std::string> k = {"1", "5", "10"};  // cut-offs of ranking metrics: whole numbers; 10 is always among them
  std::vector<std::string> metrics = {};          // next to hit rate, NDCG and MRR, at each cut-off
  std::int64_t batch = 64;                        // users per batch of such a source
  // Rows that the run is compared with, in this order; docs/protocol.md says what each is.
  std::vector<std::string> rows = {"hybrid",        "held-out",       "id-arithmetic",        "popularity",
                                   "item-knn",      "user-item-mean", "matrix-factorization", "global-mean",
                                   "bag-of-words",  "word-model",     "random-sentence",      "frequent-words",
                                   "random-answer", "majority"};
  std::int64_t threads = 0;  // for sources that can score all; 0 = all cores (set by code, no option)

  // Measures lists beyond accuracy, where it is given (set by code, no option).
  const BeyondAccuracy* beyond = nullptr;

  StopToken stop = {};  // of the caller; checked within each batch (set by code, no option)

  RankingFigures figures() const;
  // Of lists: as many items as `list` says, or as the largest cut-off needs.
  std::size_t list_length() const { return std::max(static_cast<std::size_t>(list), figures().longest()); }
  Part part() const { return split == "valid" ? Part::kValid : Part::kTest; }
  void bind(OptionTable& table);  // rows evaluate.*
};

}  // namespace p5
