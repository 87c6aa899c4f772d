// A seeded random sample of a list.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "base/rng.h"

namespace p5 {

// Keeps at most `limit` of the values, drawn without replacement, in the order they had; 0 keeps all.
template <typename T>
void keep_sample(std::vector<T>& values, std::size_t limit, Rng rng) {
  if (limit == 0 || values.size() <= limit) return;
  std::vector<std::size_t> indices(values.size());
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  rng.shuffle(std::span(indices));
  indices.resize(limit);
  std::sort(indices.begin(), indices.end());
  std::vector<T> drawn;
  for (const std::size_t index : indices) drawn.push_back(std::move(values[index]));
  values = std::move(drawn);
}

}  // namespace p5
