#include "nn/relative_position_bias_module.h"

#include <algorithm>
#include <vector>

namespace p5 {

using Direction = RelativePositionOptions::Direction;

RelativePositionBiasModule::RelativePositionBiasModule(const RelativePositionOptions& options) : options_(options) {
  weight_ = register_parameter("weight", torch::empty({options.buckets, options.heads}));
}

torch::Tensor RelativePositionBiasModule::buckets(std::int64_t first, std::int64_t last) {
  const std::lock_guard lock(mutex_);
  torch::Tensor& kept = buckets_[{first, last}];
  if (!kept.defined() || kept.device() != weight_.device()) {
    std::vector<std::int64_t> values;
    values.reserve(static_cast<std::size_t>(last - first + 1));
    for (std::int64_t distance = first; distance <= last; ++distance) {
      values.push_back(relative_position_bucket(distance, options_));
    }
    const c10::InferenceMode usable_in_training(false);
    kept = torch::tensor(values, torch::kLong).to(weight_.device());
  }
  return kept;
}

torch::Tensor RelativePositionBiasModule::by_distance(std::int64_t first, std::int64_t last) {
  const std::int64_t shown = options_.direction == Direction::kCausal ? std::min<std::int64_t>(last, 0) : last;
  const torch::Tensor values = weight_.index_select(0, buckets(first, shown)).t();
  if (shown == last) return values;
  return torch::cat(
      {values, torch::full({options_.heads, last - shown}, kHiddenScore, weight_.options().requires_grad(false))}, 1);
}

torch::Tensor RelativePositionBiasModule::forward(std::int64_t queries, std::int64_t keys) {
  // Row i of the matrix is a window over the distances that starts at -i: the whole matrix costs one copy and its
  // gradient one sum, where a look-up for each cell would scatter.
  const torch::Tensor values = by_distance(1 - queries - options_.prefix, keys - 1);
  return values.unfold(1, options_.prefix + keys, 1).flip(1).unsqueeze(0);
}

torch::Tensor RelativePositionBiasModule::last_query(std::int64_t keys) {
  return by_distance(1 - keys - options_.prefix, 0).unsqueeze(0).unsqueeze(2);
}

}  // namespace p5
