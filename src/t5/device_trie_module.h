// An item trie as tensors beside a model, for searches that never leave the device. Immutable; thread-safe.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "decode/next_token_scorer.h"
#include "indexing/item_trie.h"

namespace p5 {

class DeviceTrie {
 public:
  static constexpr std::int64_t kNoAnswer = -1;

  // The tokens after the nodes of one depth.
  struct Level {
    torch::Tensor tokens;          // [tokens] int64: the union, ascending
    std::int64_t width = 0;        // the most tokens after one node
    bool some_end = false;         // a token leads to an answer
    bool all_end = false;          // every token does
    bool same_everywhere = false;  // one node: its tokens are the union
  };

  DeviceTrie(const ItemTrie& trie, torch::Device device);

  std::uint64_t serial() const { return serial_; }
  std::int64_t nodes() const { return nodes_; }
  // Until every path has its answer. A node whose only token is the end is an answer, as the end is certain there.
  const std::vector<Level>& levels() const { return levels_; }
  const torch::Tensor& first() const { return first_; }    // [nodes + 1] int64: as ItemTrie::first_token()
  const torch::Tensor& token() const { return token_; }    // [nodes - 1] int64: that enters node e + 1
  const torch::Tensor& column() const { return column_; }  // [nodes - 1] int64: its place in its level's union
  const torch::Tensor& answer() const { return answer_; }  // [nodes] int64: the node after the end token, or kNoAnswer

  const torch::Tensor& expected() const { return expected_; }  // [nodes] float32: expected_share()

  // The tokens from the root to an answer, without the end token.
  std::vector<TokenId> path_to(ItemTrie::Node answer) const;

 private:
  std::uint64_t serial_;
  std::int64_t nodes_;
  std::vector<Level> levels_;
  torch::Tensor first_, token_, column_, answer_, expected_;
  std::vector<ItemTrie::Node> parent_;  // [nodes]
  std::vector<TokenId> entered_by_;     // [nodes]
};

// The trie that was searched last, which is nearly always the next one. Thread-safe.
class DeviceTrieCache {
 public:
  std::shared_ptr<const DeviceTrie> of(const ItemTrie& trie, torch::Device device);

 private:
  std::mutex mutex_;
  std::shared_ptr<const DeviceTrie> last_;
};

}  // namespace p5
