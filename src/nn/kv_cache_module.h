// Keys and values of attention, and the growing store of them that makes decoding a token cost one token.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace p5 {

// [rows, heads, length, d_kv] each; undefined when there is nothing yet.
struct KeyValue {
  torch::Tensor key, value;

  // Appends `step` [rows, heads, 1, d_kv].
  void append(const KeyValue& step);
  // Row r becomes what row rows[r] was; rows [new rows] int64.
  void reorder(const torch::Tensor& rows);
  std::int64_t length() const { return key.defined() ? key.size(2) : 0; }
  std::int64_t bytes() const;
};

// One KeyValue per block. Not thread-safe.
class KvCache {
 public:
  explicit KvCache(std::size_t blocks) : blocks_(blocks) {}

  KeyValue& block(std::size_t index) { return blocks_[index]; }
  std::int64_t length() const { return blocks_.empty() ? 0 : blocks_.front().length(); }
  void reorder(const torch::Tensor& rows);
  std::int64_t bytes() const;

 private:
  std::vector<KeyValue> blocks_;
};

}  // namespace p5
