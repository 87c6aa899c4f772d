// Evidence about items (retrieval/neighbor_evidence.h) as evidence about the next token of an item's path: shares are
// summed over the items below each token, given the tokens so far. For ids of one token this is the evidence itself.
//
// The feature of a token says the same on every level. With a gate of g, an item of share w weighs v(w) =
// ((w + e) / e)^g, one that nothing is known of 1, and a token the sum V of the weights of the items below it. The
// feature is log(V / m) / g, m the mean number of items below the tokens beside it; of tokens that nothing is known of,
// those have one whose number is unusual (decode/trie_sizes.h). So products of softmaxes down a path are the softmax
// over all items, whatever the tree. Where people take nothing twice, items of the history weigh almost nothing: a
// user who has nearly a whole group is not expected to take the rest of it for that alone. Immutable; thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "decode/token_constraint.h"
#include "decode/trie_sizes.h"
#include "indexing/item_index.h"
#include "indexing/item_trie.h"

namespace p5 {

// What is known about an item before the model is asked.
struct KnownItem {
  static constexpr std::int16_t kNotInHistory = -1;
  ItemId item = 0;
  float share = 0.0f;                // of the neighbors of the history
  std::int16_t age = kNotInHistory;  // steps since the history held it, 0 = its newest item
  bool held = false;                 // by the history, also where that is so long ago that it has no age
  float taught = -1.0f;              // share of a training target that a teacher gives it; below 0: as `share`
};

// How a share becomes a feature.
struct EvidenceScale {
  double floor = 1e-4;  // e
  double gate = 0.5;    // g, as learning begins with it
  double repeat = 1.0;  // weight of an item that the history holds, times its own
};

// log n^(-3/4): the share that the best of n items is expected to have where nothing is known of them. Equal shares
// would be 1 / n; what a model has learnt tells items apart.
float expected_share(std::uint32_t items);

class TrieEvidence {
 public:
  static constexpr std::uint8_t kAnswerDepth = 255;  // of answers in words
  // Of items that are in the trie, which must outlive this object; others are passed over. Each item at most once.
  // Tokens have the depth of their place in the path, or that of answers in words, all of which are known: their
  // feature is log((w + e) / e) of the share w given the tokens so far. `sizes`, where given, are of the same trie and
  // gate and must outlive this object.
  enum class Depths : std::uint8_t { kPath, kAnswer };
  TrieEvidence(const ItemTrie& trie, const ItemIndex& index, std::span<const KnownItem> items,
               const EvidenceScale& scale, Depths depths = Depths::kPath, const TrieSizes* sizes = nullptr);

  // The known tokens after `node`, ascending. Shares are those of the neighbors (or a teacher's items) below the node
  // and sum to 1, or to 0 where it has none. A token has an age where the history holds all items below it: the least
  // of theirs.
  std::span<const KnownToken> of(ItemTrie::Node node) const;
  // Whether ids have several tokens, so that a search has to judge beginnings by what they lead to.
  bool looks_ahead() const { return depths_ == Depths::kPath && trie_->depth() > 2; }
  // log max(v / V, n^(-3/4)): v is the largest weight of an item below the token, V their sum and n their number. The
  // first is what counts say of the best item there, the second what is expected where they say nothing: a search that
  // went by V alone would fill its beams with large groups and lose the few items that much is known of.
  float ahead(ItemTrie::Node node, TokenId token) const;
  // Those after which a token is known, ascending.
  std::vector<ItemTrie::Node> nodes() const;

 private:
  struct Range {
    std::uint32_t begin = 0, end = 0;
  };
  const ItemTrie* trie_;
  Depths depths_;
  const TrieSizes* sizes_;  // null: tokens that nothing is known of weigh alike
  std::vector<KnownToken> tokens_;
  std::vector<float> ahead_;  // [tokens_]
  std::unordered_map<ItemTrie::Node, Range> nodes_;
};

}  // namespace p5
