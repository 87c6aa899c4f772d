// A scorer that searches a whole trie by itself, without being asked for each token: on a GPU every question would wait
// for the device twice.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "decode/beam_search.h"
#include "decode/token_constraint.h"

namespace p5 {

class TrieSearcher {
 public:
  virtual ~TrieSearcher() = default;
  // As beam_search() answers, except that equal scores may be in any order; nothing for searches that it cannot do:
  // constraints that are not over one trie, free text, a length penalty.
  virtual std::optional<std::vector<std::vector<Hypothesis>>> search_trie(
      std::span<const TokenConstraint* const> constraints, const BeamOptions& options) = 0;
};

}  // namespace p5
