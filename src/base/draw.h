// A sample of a list by seed, for what is asked about some of many.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "base/rng.h"

namespace p5 {

// Leaves at most `most` of the values, drawn without repetition, in the order they had; 0 leaves all.
template <typename T>
void draw_some(std::vector<T>& values, std::size_t most, Rng rng) {
  if (most == 0 || values.size() <= most) return;
  std::vector<std::size_t> places(values.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  rng.shuffle(std::span(places));
  places.resize(most);
  std::sort(places.begin(), places.end());
  std::vector<T> drawn;
  for (const std::size_t place : places) drawn.push_back(std::move(values[place]));
  values = std::move(drawn);
}

}  // namespace p5
