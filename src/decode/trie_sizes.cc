#include "decode/trie_sizes.h"

#include <algorithm>
#include <cmath>

#include "decode/trie_evidence.h"

namespace p5 {

double mean_items_below(const ItemTrie& trie, ItemTrie::Node node) {
  return static_cast<double>(trie.items_below(node)) / static_cast<double>(trie.allowed(node).size());
}

TrieSizes::TrieSizes(const ItemTrie& trie, double gate) {
  constexpr std::size_t kMostTokens = 4096;  // searches go through them for every question
  constexpr double kUnusual = 0.1;           // difference of logarithms
  std::vector<std::uint8_t> depth(trie.node_count(), 0);
  for (ItemTrie::Node node = 0; node < trie.node_count(); ++node) {
    const std::span<const TokenId> tokens = trie.allowed(node);
    if (trie.items_below(node) == tokens.size()) continue;  // one item per token, and so on below
    const std::size_t before = tokens_.size();
    ItemTrie::Node next = trie.first_token(node);
    for (const TokenId token : tokens) {
      ++next;
      depth[next] = static_cast<std::uint8_t>(std::min<int>(depth[node] + 1, TrieEvidence::kAnswerDepth - 1));
      const double size = std::log(trie.items_below(next) / mean_items_below(trie, node));
      if (tokens.size() > kMostTokens || std::abs(size) < kUnusual) continue;
      tokens_.push_back({.token = token, .feature = static_cast<float>(size / gate), .depth = depth[node]});
    }
    if (tokens_.size() == before) continue;
    nodes_.push_back(node);
    ends_.push_back(static_cast<std::uint32_t>(tokens_.size()));
  }
}

std::span<const KnownToken> TrieSizes::of(ItemTrie::Node node) const {
  const auto found = std::ranges::lower_bound(nodes_, node);
  if (found == nodes_.end() || *found != node) return {};
  const auto place = static_cast<std::size_t>(found - nodes_.begin());
  const std::uint32_t begin = place == 0 ? 0 : ends_[place - 1];
  return std::span(tokens_).subspan(begin, ends_[place] - begin);
}

}  // namespace p5
