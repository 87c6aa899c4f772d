#include "decode/trie_evidence.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace p5 {
namespace {

// One step of a known item's path.
struct Step {
  ItemTrie::Node node;
  KnownToken known;
};

std::int16_t younger(std::int16_t a, std::int16_t b) {
  if (a == KnownItem::kNotInHistory) return b;
  return b == KnownItem::kNotInHistory ? a : std::min(a, b);
}

void add_steps(const ItemTrie& trie, std::span<const TokenId> path, const KnownItem& known, std::vector<Step>& steps) {
  const std::size_t before = steps.size();
  ItemTrie::Node node = ItemTrie::kRoot;
  for (std::size_t depth = 0; depth < path.size(); ++depth) {
    const ItemTrie::Node child = trie.child(node, path[depth]);
    if (child == ItemTrie::kNone) return steps.resize(before);
    steps.push_back(
        {node,
         {.token = path[depth],
          .share = known.share,
          .age = known.age,
          .depth = static_cast<std::uint8_t>(std::min<std::size_t>(depth, TrieEvidence::kAnswerDepth - 1))}});
    node = child;
  }
}

// "1" may go on to "10": that the answer ends is then as much evidence as how it goes on.
void add_end(const ItemTrie& trie, std::span<const TokenId> path, const KnownItem& known, std::vector<Step>& steps) {
  ItemTrie::Node node = ItemTrie::kRoot;
  for (const TokenId token : path) {
    if ((node = trie.child(node, token)) == ItemTrie::kNone) return;
  }
  if (trie.allowed(node).size() < 2) return;
  steps.push_back({node, {.token = kEndToken, .share = known.share, .age = known.age}});
}

}  // namespace

TrieEvidence::TrieEvidence(const ItemTrie& trie, const ItemIndex& index, std::span<const KnownItem> items, double floor,
                           Depths depths) {
  std::vector<Step> steps;
  for (const KnownItem& item : items) {
    if (index.has(item.item)) add_steps(trie, index.path(item.item), item, steps);
  }
  if (depths == Depths::kAnswer) {
    for (const KnownItem& item : items) add_end(trie, index.path(item.item), item, steps);
    for (Step& step : steps) step.known.depth = kAnswerDepth;
  }
  std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) {
    return std::tie(a.node, a.known.token) < std::tie(b.node, b.known.token);
  });
  for (std::size_t i = 0; i < steps.size();) {
    Range range{.begin = static_cast<std::uint32_t>(tokens_.size()), .end = 0};
    const ItemTrie::Node node = steps[i].node;
    float sum = 0.0f;
    for (; i < steps.size() && steps[i].node == node; ++i) {
      const KnownToken& known = steps[i].known;
      sum += known.share;
      if (tokens_.size() == range.begin || tokens_.back().token != known.token) {
        tokens_.push_back(known);
        continue;
      }
      tokens_.back().share += known.share;
      tokens_.back().age = younger(tokens_.back().age, known.age);
    }
    range.end = static_cast<std::uint32_t>(tokens_.size());
    for (std::uint32_t at = range.begin; at < range.end && sum > 0.0f; ++at) {
      tokens_[at].share /= sum;
      tokens_[at].feature = static_cast<float>(std::log((tokens_[at].share + floor) / floor));
    }
    nodes_.emplace(node, range);
  }
}

std::span<const KnownToken> TrieEvidence::of(ItemTrie::Node node) const {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return {};
  return std::span(tokens_).subspan(found->second.begin, found->second.end - found->second.begin);
}

}  // namespace p5
