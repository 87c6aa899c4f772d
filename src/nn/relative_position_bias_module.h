// T5's relative position bias: one learned number per head and distance bucket, added to attention scores.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include "nn/relative_position.h"

namespace p5 {

class RelativePositionBiasModule : public torch::nn::Module {
 public:
  explicit RelativePositionBiasModule(const RelativePositionOptions& options);

  // [1, heads, queries, prefix + keys]; a causal stack's bias also hides the keys after the query.
  torch::Tensor forward(std::int64_t queries, std::int64_t keys);
  // The last row of forward(keys, keys): [1, heads, 1, prefix + keys].
  torch::Tensor last_query(std::int64_t keys);
  const torch::Tensor& weight() const { return weight_; }  // [buckets, heads]

 private:
  // [heads, last - first + 1] for distances first..last.
  torch::Tensor by_distance(std::int64_t first, std::int64_t last);

  // The bucket of each distance first..last, int64, where the weight is; kept, since a GPU would wait for each copy.
  torch::Tensor buckets(std::int64_t first, std::int64_t last);

  RelativePositionOptions options_;
  torch::Tensor weight_;
  std::mutex mutex_;  // replicas of a model share its module
  std::map<std::pair<std::int64_t, std::int64_t>, torch::Tensor> buckets_;
};

}  // namespace p5
