// The kept target tokens of a batch, by the set of tokens that each competes in (TokenBatch::target_set). Thread-safe:
// a free function.
#pragma once

#include <cstdint>
#include <vector>

#include "text/token_batch.h"

namespace p5 {

struct TargetGroup {
  const std::vector<TokenId>* tokens = nullptr;  // of the batch's sets; null = the whole vocabulary
  std::vector<std::int64_t> places;              // in the order of kept target tokens
  std::vector<std::int64_t> labels;              // indices in `tokens`, or tokens of the vocabulary
};

// At least one group; groups without a token are left out. Throws InvalidArgument (request) for sets that are missing,
// hold tokens out of range or do not hold a label.
std::vector<TargetGroup> group_targets(const TokenBatch& batch, std::int64_t vocab);

}  // namespace p5
