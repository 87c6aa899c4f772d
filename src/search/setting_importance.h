// Which settings decide the score: functional ANOVA over a random forest (Hutter, Hoos and Leyton-Brown 2014). A forest
// is fit to the trials; the importance of a setting is the share of a tree's variance over the whole space that the
// mean over all other settings has, averaged over the trees. What two settings do only together belongs to none, so
// that the shares sum to at most 1. Thread-safe: free functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "search/search_space.h"

namespace p5 {

struct ForestOptions {
  std::size_t trees = 64;
  std::size_t leaf = 3;  // observations at least in a leaf
  std::uint64_t seed = 2022;
};

// One share in [0, 1] per setting; all 0 with fewer than 2 leaves' observations, or where all scores are equal. Values
// without an order are cells side by side.
std::vector<double> setting_importance(const SearchSpace& space, std::span<const Observation> observed,
                                       const ForestOptions& options = {});

}  // namespace p5
