// T5's relative positions: which learned number a pair of positions adds to its attention score. Torch-free;
// thread-safe: free functions.
#pragma once

#include <cstdint>

namespace p5 {

// Added to the score of a hidden key: far below every real score, yet finite, so that a row without any visible key
// averages over all of them instead of becoming NaN.
inline constexpr float kHiddenScore = -1e9f;

struct RelativePositionOptions {
  enum class Direction { kBidirectional, kCausal };
  std::int64_t buckets = 32;
  std::int64_t max_distance = 128;  // this far and farther shares the last bucket
  std::int64_t heads = 8;
  Direction direction = Direction::kBidirectional;
  std::int64_t prefix = 0;  // keys before the first position
};

// The bucket of distance = key position - query position (Raffel et al. 2020, section 2.1): half of the buckets for
// exact small distances, half for logarithmic ranges; bidirectional stacks split them by sign. Keys after the query
// count as distance 0 in a causal stack.
std::int64_t relative_position_bucket(std::int64_t distance, const RelativePositionOptions& options);

// The whole bias of a stack, to [heads, queries, prefix + keys], from its table [buckets, heads]; a causal stack's also
// hides the keys after the query.
void fill_position_bias(const float* table, const RelativePositionOptions& options, std::int64_t queries,
                        std::int64_t keys, float* to);
// Only its last row, of a square of `keys`: [heads, keys].
void fill_last_position_bias(const float* table, const RelativePositionOptions& options, std::int64_t keys, float* to);

}  // namespace p5
