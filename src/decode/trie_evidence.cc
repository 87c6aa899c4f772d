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
  double gain;       // what the item weighs more than one that nothing is known of
  double held_gain;  // the same where it is less because the history holds it; else `gain`
};

// A known token of a node, and what is below it.
struct Below {
  KnownToken known;
  double gain = 0.0, held_gain = 0.0;
  std::uint32_t aged = 0;                   // items with an age
  double most_gain = 0.0, most_held = 0.0;  // of one item
  float ahead = 0.0f;

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
      tokens.push_back({step.known, step.gain, step.held_gain, aged ? 1u : 0u, step.gain, step.held_gain});
      continue;
    }
    Below& last = tokens.back();
    last.known.share += step.known.share;
    last.known.age = younger(last.known.age, step.known.age);
    last.gain += step.gain;
    last.held_gain += step.held_gain;
    last.most_gain = std::max(last.most_gain, step.gain);
    last.most_held = std::max(last.most_held, step.held_gain);
    last.aged += aged ? 1 : 0;
  }
  return tokens;
}

// Of the tokens that nothing is known of, those that are unusual by the number of items below them.
void add_unusual(const ItemTrie& trie, ItemTrie::Node node, std::span<const KnownToken> sizes,
                 std::vector<Below>& tokens) {
  const auto known = static_cast<std::ptrdiff_t>(tokens.size());
  for (const KnownToken& size : sizes) {
    const auto by_token = [](const Below& a, const KnownToken& b) { return a.known.token < b.token; };
    const auto found = std::lower_bound(tokens.begin(), tokens.begin() + known, size, by_token);
    if (found != tokens.begin() + known && found->known.token == size.token) continue;
    Below unusual{.known = size};
    unusual.ahead = expected_share(trie.items_below(trie.child(node, size.token)));
    tokens.push_back(unusual);
  }
  std::ranges::sort(tokens, {}, [](const Below& token) { return token.known.token; });
}

void set_features(const ItemTrie& trie, ItemTrie::Node node, double gate, std::vector<Below>& tokens) {
  const double mean = mean_items_below(trie, node);
  for (Below& token : tokens) {
    const std::uint32_t items = trie.items_below(trie.child(node, token.known.token));
    // What a repeat weighs is learnt by age where all items have one. Ids of one token need nothing for older items:
    // none takes the share of another.
    const bool old = token.aged == items;
    const bool whole_id = node == ItemTrie::kRoot && items == 1;
    const double gain = old || whole_id ? token.gain : token.held_gain;
    const double weight = gain + items, most = 1 + (old || whole_id ? token.most_gain : token.most_held);
    token.known.feature = static_cast<float>(std::log(weight / mean) / gate);
    token.ahead = std::max(static_cast<float>(std::log(most / weight)), expected_share(items));
    // A group is not old because one of its items is.
    if (!old) token.known.age = KnownItem::kNotInHistory;
  }
  std::erase_if(tokens, [](const Below& token) { return token.says_nothing(); });
}

void set_features_of_answers(double floor, std::vector<Below>& tokens) {
  for (Below& token : tokens) {
    token.known.feature = static_cast<float>(std::log((token.known.share + floor) / floor));
  }
}

}  // namespace

float expected_share(std::uint32_t items) { return -0.75f * std::log(static_cast<float>(std::max(items, 1u))); }

TrieEvidence::TrieEvidence(const ItemTrie& trie, const ItemIndex& index, std::span<const KnownItem> items,
                           const EvidenceScale& scale, Depths depths, const TrieSizes* sizes)
    : trie_(&trie), depths_(depths), sizes_(sizes) {
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
    if (sizes != nullptr) add_unusual(trie, node, sizes->of(node), tokens);
    if (depths == Depths::kAnswer && sum > 0) set_features_of_answers(scale.floor, tokens);
    const auto first = static_cast<std::uint32_t>(tokens_.size());
    for (const Below& token : tokens) {
      tokens_.push_back(token.known);
      ahead_.push_back(token.ahead);
    }
    nodes_.emplace(node, Range{first, static_cast<std::uint32_t>(tokens_.size())});
    begin = end;
  }
}

std::vector<ItemTrie::Node> TrieEvidence::nodes() const {
  std::vector<ItemTrie::Node> nodes;
  for (const auto& [node, range] : nodes_) nodes.push_back(node);
  if (sizes_ != nullptr) nodes.insert(nodes.end(), sizes_->nodes().begin(), sizes_->nodes().end());
  std::ranges::sort(nodes);
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

float TrieEvidence::ahead(ItemTrie::Node node, TokenId token) const {
  if (token == kEndToken) return 0.0f;
  if (const auto found = nodes_.find(node); found != nodes_.end()) {
    const auto begin = tokens_.begin() + found->second.begin, end = tokens_.begin() + found->second.end;
    const auto known = std::lower_bound(begin, end, token, [](const KnownToken& a, TokenId b) { return a.token < b; });
    if (known != end && known->token == token) return ahead_[static_cast<std::size_t>(known - tokens_.begin())];
  }
  const ItemTrie::Node next = trie_->child(node, token);
  return next == ItemTrie::kNone ? 0.0f : expected_share(trie_->items_below(next));
}

std::span<const KnownToken> TrieEvidence::of(ItemTrie::Node node) const {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return sizes_ == nullptr ? std::span<const KnownToken>() : sizes_->of(node);
  return std::span(tokens_).subspan(found->second.begin, found->second.end - found->second.begin);
}

}  // namespace p5
