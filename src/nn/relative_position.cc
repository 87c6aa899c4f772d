#include "nn/relative_position.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace p5 {
namespace {

using Direction = RelativePositionOptions::Direction;

float bias_of(const float* table, const RelativePositionOptions& options, std::int64_t distance, std::int64_t head) {
  if (options.direction == Direction::kCausal && distance > 0) return kHiddenScore;
  return table[relative_position_bucket(distance, options) * options.heads + head];
}

}  // namespace

std::int64_t relative_position_bucket(std::int64_t distance, const RelativePositionOptions& options) {
  std::int64_t buckets = options.buckets;
  std::int64_t offset = 0;
  std::int64_t apart = std::max<std::int64_t>(-distance, 0);
  if (options.direction == Direction::kBidirectional) {
    buckets /= 2;
    if (distance > 0) offset = buckets;
    apart = std::abs(distance);
  }
  const std::int64_t exact = buckets / 2;
  if (apart < exact) return offset + apart;
  // In float32, as the reference computes it, so that bucket borders fall on the same distances.
  const float ratio =
      std::log(static_cast<float>(apart) / static_cast<float>(exact)) /
      static_cast<float>(std::log(static_cast<double>(options.max_distance) / static_cast<double>(exact)));
  const auto logarithmic = static_cast<std::int64_t>(ratio * static_cast<float>(buckets - exact));
  return offset + std::min(exact + logarithmic, buckets - 1);
}

void fill_position_bias(const float* table, const RelativePositionOptions& options, std::int64_t queries,
                        std::int64_t own_keys, float* to) {
  const std::int64_t keys = options.prefix + own_keys;
  for (std::int64_t head = 0; head < options.heads; ++head) {
    float* first = to + head * queries * keys;
    // The distance is constant along a diagonal: the first row and the first column determine the rest.
    for (std::int64_t key = 0; key < keys; ++key) first[key] = bias_of(table, options, key - options.prefix, head);
    for (std::int64_t query = 1; query < queries; ++query) {
      float* row = first + query * keys;
      if (keys > 0) row[0] = bias_of(table, options, -query - options.prefix, head);
      std::copy_n(row - keys, std::max<std::int64_t>(keys - 1, 0), row + 1);
    }
  }
}

void fill_last_position_bias(const float* table, const RelativePositionOptions& options, std::int64_t keys, float* to) {
  for (std::int64_t head = 0; head < options.heads; ++head) {
    for (std::int64_t key = 0; key < keys; ++key) {
      to[head * keys + key] = bias_of(table, options, key - (keys - 1), head);
    }
  }
}

}  // namespace p5
