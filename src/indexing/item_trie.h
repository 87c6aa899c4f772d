// All paths of an ItemIndex as a prefix tree in flat arrays. Every path ends in the end token, so that an id that is a
// prefix of another stays reachable. Immutable; thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "indexing/item_index.h"

namespace p5 {

class ItemTrie {
 public:
  using Node = std::uint32_t;
  static constexpr Node kRoot = 0;
  static constexpr Node kNone = 0xffffffffu;
  static constexpr ItemId kNoItem = 0xffffffffu;

  // Over all items, or over `subset` (candidate lists, filters).
  explicit ItemTrie(const ItemIndex& index);
  ItemTrie(const ItemIndex& index, std::span<const ItemId> subset);

  // Of its own in this process, and of its copies: what others keep about a trie they keep under it.
  std::uint64_t serial() const { return serial_; }
  // Nodes are numbered level by level, and the children of a node by their tokens: the child that the trie's e-th token
  // leads to is node e + 1.
  std::size_t node_count() const { return item_.size(); }
  std::size_t bytes() const;                    // of memory
  std::size_t depth() const { return depth_; }  // longest path, end token included
  // Tokens that may follow, ascending, with kEndToken where an item is complete. Empty after the end token.
  std::span<const TokenId> allowed(Node node) const;
  Node child(Node node, TokenId token) const;  // kNone when not allowed
  // The item of a node reached by the end token, otherwise kNoItem.
  ItemId item(Node node) const { return item_[node]; }
  // Where the tokens after a node begin among those of all nodes; node_count() is allowed, for where they end.
  std::uint32_t first_token(Node node) const { return first_[node]; }
  // How many items' paths lead through a node.
  std::uint32_t items_below(Node node) const { return items_below_[node]; }

 private:
  std::vector<std::uint32_t> first_;  // [nodes + 1] into tokens_
  std::vector<TokenId> tokens_;
  std::vector<ItemId> item_;
  std::vector<std::uint32_t> items_below_;
  std::size_t depth_ = 0;
  std::uint64_t serial_ = 0;
};

}  // namespace p5
