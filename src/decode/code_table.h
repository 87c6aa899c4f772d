// Ids whose tokens are codes without an order: what a model says about all codes at once becomes the scores of all
// items, exactly and without a search, by looking up the codes of each (parallel decoding, as in RPG, Hou et al., KDD
// 2025). Immutable; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "indexing/item_index.h"

namespace p5 {

class CodeTable {
 public:
  // Throws InvalidArgument where a token is at two places of paths: a state says nothing about places.
  explicit CodeTable(const ItemIndex& index);

  // The tokens of all levels, ascending.
  std::span<const TokenId> tokens() const { return tokens_; }
  std::size_t levels() const { return level_sizes_.size(); }
  std::size_t item_count() const { return begins_.size() - 1; }
  std::size_t level_of(std::size_t token) const { return level_of_[token]; }  // by place in tokens()
  // Items that have each token, by place in tokens().
  std::span<const std::uint32_t> holders() const { return holders_; }
  // The number of different tokens of a level.
  std::size_t level_size(std::size_t level) const { return level_sizes_[level]; }
  std::size_t place_of(TokenId token) const;
  // Places of the item's codes in tokens(), in the order of its path.
  std::span<const std::uint32_t> codes_of(ItemId item) const {
    return std::span(codes_).subspan(begins_[item], begins_[item + 1] - begins_[item]);
  }

  // logits [tokens] become log-probabilities within each level.
  void normalize(std::span<float> logits) const;
  // scores [item_count]: the sum of the log-probabilities [tokens] of each item's codes.
  void score(std::span<const float> logs, std::span<float> scores) const;

 private:
  std::vector<TokenId> tokens_;
  std::vector<std::uint32_t> level_of_, holders_;  // [tokens]
  std::vector<std::size_t> level_sizes_;
  std::vector<std::uint32_t> begins_, codes_;  // [items + 1], places in tokens_
};

}  // namespace p5
