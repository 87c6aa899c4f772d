// Item ids for property tests: distinct random paths, some of them prefixes of others.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "indexing/item_index.h"

namespace p5::test {

// `items` paths of 1 to `longest` tokens over `tokens` different tokens, from 3 on. REQUIRES that many paths to exist.
inline ItemIndex random_index(Rng& rng, std::size_t items, std::size_t longest = 4, std::uint64_t tokens = 4) {
  std::set<std::vector<TokenId>> distinct;
  while (distinct.size() < items) {
    std::vector<TokenId> path(1 + rng.below(longest));
    for (TokenId& token : path) token = kUnknownToken + 1 + static_cast<TokenId>(rng.below(tokens));
    distinct.insert(path);
  }
  std::vector<std::vector<TokenId>> paths(distinct.begin(), distinct.end());
  rng.shuffle(std::span(paths));
  std::vector<std::string> names;
  for (std::size_t item = 0; item < items; ++item) names.push_back("item_" + std::to_string(item));
  return ItemIndex("test", paths, names);
}

}  // namespace p5::test
