// What making a run smaller has cost and gained: bytes, time and quality of both, side by side. A plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/paired_bootstrap.h"
#include "t5/head_pruning.h"

namespace p5 {

// One of the two runs.
struct CompressedFigures {
  std::string run;
  std::int64_t parameters = 0;
  std::uint64_t weight_bytes = 0;  // of the weights file or files
  std::uint64_t bundle_bytes = 0;  // of all that answers need
  double ms_per_user = 0;          // median; 0 where it was not measured
  double ndcg_allowed = 0, ndcg_removed = 0;
};

// NDCG@10 of the test part.
struct CompressedQuality {
  std::size_t users = 0;
  BootstrapInterval allowed, removed;  // after - before, seen items allowed and removed
};

struct CompressionReport {
  std::vector<std::string> ways;  // "distil", "prune", "int8", in this order
  CompressedFigures before, after;
  std::vector<PrunedAttention> pruned;
  std::size_t timed_users = 0;               // 0: nothing was measured
  double speedup = 0;                        // median over users of time before / time after
  std::optional<CompressedQuality> quality;  // none where nothing was measured

  std::string to_text() const;
  nlohmann::ordered_json to_json() const;
};

}  // namespace p5
