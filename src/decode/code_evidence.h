// Evidence about items as evidence about each code of an id by itself, for ids that are decoded at once. A code of a
// level weighs the sum V of the weights of the items that have it (decode/trie_evidence.h says what an item weighs);
// with m the mean number of items of the codes that nothing is known of, its feature is log(V / m) / (g levels): what
// all codes of an item say together is as much as one token of its own would say. Immutable; thread-safe.
#pragma once

#include <span>
#include <vector>

#include "decode/code_table.h"
#include "decode/trie_evidence.h"

namespace p5 {

class CodeEvidence {
 public:
  // Items that the table lacks are passed over.
  CodeEvidence(const CodeTable& table, std::span<const KnownItem> items, const EvidenceScale& scale);

  // Known tokens of a level, ascending, with shares that sum to 1 or, where nothing is known, to 0.
  std::span<const KnownToken> of(std::size_t level) const { return levels_[level]; }

 private:
  std::vector<std::vector<KnownToken>> levels_;
};

// [items] logarithms of what known items weigh, where one that nothing is known of weighs 1; items from `count` on are
// none.
std::vector<double> log_weights(std::span<const KnownItem> items, std::size_t count, const EvidenceScale& scale);

}  // namespace p5
