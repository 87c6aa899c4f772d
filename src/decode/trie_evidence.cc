#include "decode/trie_evidence.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace p5 {
namespace {

constexpr std::uint32_t kLargeNode = 256;    // items below
constexpr std::size_t kMostChildren = 4096;  // more are not looked through: searches build evidence for every question
constexpr double kUnusual = 0.1;             // difference of logarithms of numbers of items

// One step of a known item's path.
struct Step {
  ItemTrie::Node node;
  KnownToken known;
  double gain;       // what the item weighs more than one that nothing is known of
  double held_gain;  // the same where it is less because the history holds it; else `gain`
};

// A known token of a node, and what is below it.
struct Below {
  KnownToken known;
  double gain = 0.0, held_gain = 0.0;
  std::uint32_t aged = 0;  // items with an age

  bool says_nothing() const {
    return known.share == 0.0f && known.age == KnownItem::kNotInHistory && known.feature == 0.0f;
  }
};

std::int16_t younger(std::int16_t a, std::int16_t b) {
  if (a == KnownItem::kNotInHistory) return b;
  return b == KnownItem::kNotInHistory ? a : std::min(a, b);
}

// The whole path: that of an item that is not in the trie may begin another's.
bool is_in(const ItemTrie& trie, const ItemIndex& index, ItemId item) {
  if (!index.has(item)) return false;
  ItemTrie::Node node = ItemTrie::kRoot;
  for (const TokenId token : index.path(item)) {
    if ((node = trie.child(node, token)) == ItemTrie::kNone) return false;
  }
  return trie.child(node, kEndToken) != ItemTrie::kNone;
}

// "1" may go on to "10": that the id ends is then as much evidence as how it goes on.
void add_steps(const ItemTrie& trie, std::span<const TokenId> path, const KnownItem& known, const EvidenceScale& scale,
               double weight, std::vector<Step>& steps) {
  ItemTrie::Node node = ItemTrie::kRoot;
  for (std::size_t depth = 0; depth <= path.size(); ++depth) {
    const bool ends = depth == path.size();
    if (ends && trie.allowed(node).size() < 2) return;
    const TokenId token = ends ? kEndToken : path[depth];
    steps.push_back({node,
                     {.token = token,
                      .share = known.taught < 0.0f ? known.share : known.taught,
                      .age = known.age,
                      .depth = static_cast<std::uint8_t>(std::min<std::size_t>(depth, TrieEvidence::kAnswerDepth - 1))},
                     weight - 1,
                     (known.held ? scale.repeat * weight : weight) - 1});
    node = trie.child(node, token);
  }
}

// The tokens of steps that are all of one node.
std::vector<Below> tokens_of(std::span<const Step> steps) {
  std::vector<Below> tokens;
  for (const Step& step : steps) {
    const bool aged = step.known.age != KnownItem::kNotInHistory;
    if (tokens.empty() || tokens.back().known.token != step.known.token) {
      tokens.push_back({step.known, step.gain, step.held_gain, aged ? 1u : 0u});
      continue;
    }
    Below& last = tokens.back();
    last.known.share += step.known.share;
    last.known.age = younger(last.known.age, step.known.age);
    last.gain += step.gain;
    last.held_gain += step.held_gain;
    last.aged += aged ? 1 : 0;
  }
  return tokens;
}

// In a large node, tokens that nothing is known of, but which have far more or fewer items below than such tokens have
// on average, are known by that alone.
void add_unusual(const ItemTrie& trie, ItemTrie::Node node, double mean, double gate, std::vector<Below>& tokens) {
  const std::size_t children = trie.allowed(node).size(), items = trie.items_below(node);
  if (items < kLargeNode || items == children || children > kMostChildren) return;
  const std::uint8_t depth = tokens.front().known.depth;
  const std::size_t known = tokens.size();
  for (const TokenId token : trie.allowed(node)) {
    const bool is_known =
        std::binary_search(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(known), Below{{.token = token}},
                           [](const Below& a, const Below& b) { return a.known.token < b.known.token; });
    const double size = std::log(trie.items_below(trie.child(node, token)) / mean);
    if (is_known || std::abs(size) < kUnusual) continue;
    tokens.push_back({{.token = token, .feature = static_cast<float>(size / gate), .depth = depth}});
  }
  std::ranges::sort(tokens, {}, [](const Below& token) { return token.known.token; });
}

void set_features(const ItemTrie& trie, ItemTrie::Node node, double gate, std::vector<Below>& tokens) {
  std::vector<std::uint32_t> items;
  double others = trie.items_below(node);
  for (const Below& token : tokens) {
    items.push_back(trie.items_below(trie.child(node, token.known.token)));
    others -= items.back();
  }
  const std::size_t unknown = trie.allowed(node).size() - tokens.size();
  const double mean = unknown > 0 ? others / static_cast<double>(unknown) : 1.0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    Below& token = tokens[i];
    // What a repeat weighs is learnt by age where all items have one. Ids of one token need nothing for older items:
    // none takes the share of another.
    const bool old = token.aged == items[i];
    const bool whole_id = node == ItemTrie::kRoot && items[i] == 1;
    const double gain = old || whole_id ? token.gain : token.held_gain;
    token.known.feature = static_cast<float>(std::log((gain + items[i]) / mean) / gate);
    // A group is not old because one of its items is.
    if (!old) token.known.age = KnownItem::kNotInHistory;
  }
  add_unusual(trie, node, mean, gate, tokens);
  std::erase_if(tokens, [](const Below& token) { return token.says_nothing(); });
}

void set_features_of_answers(double floor, std::vector<Below>& tokens) {
  for (Below& token : tokens) {
    token.known.feature = static_cast<float>(std::log((token.known.share + floor) / floor));
  }
}

}  // namespace

TrieEvidence::TrieEvidence(const ItemTrie& trie, const ItemIndex& index, std::span<const KnownItem> items,
                           const EvidenceScale& scale, Depths depths) {
  double all = 0.0;
  for (const KnownItem& item : items) all += is_in(trie, index, item.item) ? item.share : 0.0f;
  const auto weight = [&](const KnownItem& item) {
    return all > 0 ? std::pow(item.share / (all * scale.floor) + 1, scale.gate) : 1.0;
  };
  std::vector<Step> steps;
  for (const KnownItem& item : items) {
    if (is_in(trie, index, item.item)) add_steps(trie, index.path(item.item), item, scale, weight(item), steps);
  }
  if (depths == Depths::kAnswer) {
    for (Step& step : steps) step.known.depth = kAnswerDepth;
  }
  std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) {
    return std::tie(a.node, a.known.token) < std::tie(b.node, b.known.token);
  });
  for (auto begin = steps.begin(); begin != steps.end();) {
    const ItemTrie::Node node = begin->node;
    const auto end = std::find_if(begin, steps.end(), [node](const Step& step) { return step.node != node; });
    std::vector<Below> tokens = tokens_of({begin, end});
    float sum = 0.0f;
    for (const Below& token : tokens) sum += token.known.share;
    for (Below& token : tokens) token.known.share /= sum > 0 ? sum : 1.0f;
    if (depths == Depths::kPath) set_features(trie, node, scale.gate, tokens);
    if (depths == Depths::kAnswer && sum > 0) set_features_of_answers(scale.floor, tokens);
    const auto first = static_cast<std::uint32_t>(tokens_.size());
    for (const Below& token : tokens) tokens_.push_back(token.known);
    nodes_.emplace(node, Range{first, static_cast<std::uint32_t>(tokens_.size())});
    begin = end;
  }
}

std::vector<ItemTrie::Node> TrieEvidence::nodes() const {
  std::vector<ItemTrie::Node> nodes;
  for (const auto& [node, range] : nodes_) nodes.push_back(node);
  std::ranges::sort(nodes);
  return nodes;
}

std::span<const KnownToken> TrieEvidence::of(ItemTrie::Node node) const {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return {};
  return std::span(tokens_).subspan(found->second.begin, found->second.end - found->second.begin);
}

}  // namespace p5
