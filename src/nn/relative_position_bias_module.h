// T5's relative position bias: one learned number per head and distance bucket, added to attention scores.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace p5 {

// What a score of a hidden key is made of: far below every real score, yet finite, so that a row without any key left
// averages over all of them instead of becoming NaN.
inline constexpr float kHiddenScore = -1e9f;

struct RelativePositionOptions {
  enum class Direction { kBidirectional, kCausal };
  std::int64_t buckets = 32;
  std::int64_t max_distance = 128;  // this far and farther shares the last bucket
  std::int64_t heads = 8;
  Direction direction = Direction::kBidirectional;
};

// The bucket of distance = key position - query position (Raffel et al. 2020, section 2.1): half of the buckets for
// exact small distances, half for logarithmic ranges; bidirectional stacks split them by sign. Keys after the query
// count as distance 0 in a causal stack.
std::int64_t relative_position_bucket(std::int64_t distance, const RelativePositionOptions& options);

class RelativePositionBiasModule : public torch::nn::Module {
 public:
  explicit RelativePositionBiasModule(const RelativePositionOptions& options);

  // [1, heads, queries, keys]; a causal stack's bias also hides the keys after the query.
  torch::Tensor forward(std::int64_t queries, std::int64_t keys);
  // The last row of forward(keys, keys): [1, heads, 1, keys].
  torch::Tensor last_query(std::int64_t keys);
  const torch::Tensor& weight() const { return weight_; }  // [buckets, heads]

 private:
  // [heads, last - first + 1] for distances first..last.
  torch::Tensor by_distance(std::int64_t first, std::int64_t last);

  RelativePositionOptions options_;
  torch::Tensor weight_;
};

}  // namespace p5
