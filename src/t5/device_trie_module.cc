#include "t5/device_trie_module.h"

#include <algorithm>
#include <span>

#include "decode/trie_evidence.h"

namespace p5 {
namespace {

using Node = ItemTrie::Node;

torch::Tensor on(torch::Device device, const std::vector<std::int64_t>& values) {
  return torch::tensor(values, torch::kLong).to(device);
}

std::int64_t answer_of(const ItemTrie& trie, Node node) {
  if (trie.item(node) != ItemTrie::kNoItem) return node;
  const std::span<const TokenId> tokens = trie.allowed(node);
  const bool ends = tokens.size() == 1 && tokens.front() == kEndToken;
  return ends ? static_cast<std::int64_t>(trie.child(node, kEndToken)) : DeviceTrie::kNoAnswer;
}

}  // namespace

DeviceTrie::DeviceTrie(const ItemTrie& trie, torch::Device device)
    : serial_(trie.serial()), nodes_(static_cast<std::int64_t>(trie.node_count())) {
  const auto count = static_cast<std::size_t>(nodes_);
  std::vector<std::int64_t> first(count + 1), token, column(count - 1), answer(count);
  parent_.assign(count, ItemTrie::kNone);
  entered_by_.assign(count, kEndToken);
  for (std::size_t n = 0; n < count; ++n) {
    const auto node = static_cast<Node>(n);
    first[n] = trie.first_token(node);
    answer[n] = answer_of(trie, node);
    for (const TokenId entering : trie.allowed(node)) {
      token.push_back(entering);
      parent_[token.size()] = node;
      entered_by_[token.size()] = entering;
    }
  }
  first[count] = static_cast<std::int64_t>(token.size());
  for (std::size_t begin = 0, end = 1; begin < end;) {  // the nodes of one depth
    Level level;
    const auto from = static_cast<std::size_t>(first[begin]), to = static_cast<std::size_t>(first[end]);
    bool asked = false;
    for (std::size_t n = begin; n < end; ++n) {
      level.width = std::max(level.width, first[n + 1] - first[n]);
      asked = asked || answer[n] == kNoAnswer;
    }
    if (!asked || from == to) break;
    std::vector<std::int64_t> tokens(token.begin() + static_cast<std::ptrdiff_t>(from),
                                     token.begin() + static_cast<std::ptrdiff_t>(to));
    std::sort(tokens.begin(), tokens.end());
    tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
    level.all_end = true;
    for (std::size_t e = from; e < to; ++e) {
      column[e] = std::lower_bound(tokens.begin(), tokens.end(), token[e]) - tokens.begin();
      const bool ends = answer[e + 1] != kNoAnswer;
      level.some_end = level.some_end || ends;
      level.all_end = level.all_end && ends;
    }
    level.same_everywhere = end - begin == 1;
    level.tokens = on(device, tokens);
    levels_.push_back(std::move(level));
    begin = from + 1;
    end = to + 1;
  }
  std::vector<float> expected(count);
  for (std::size_t n = 0; n < count; ++n) expected[n] = expected_share(trie.items_below(static_cast<Node>(n)));
  expected_ = torch::tensor(expected).to(device);
  first_ = on(device, first);
  token_ = on(device, token);
  column_ = on(device, column);
  answer_ = on(device, answer);
}

std::vector<TokenId> DeviceTrie::path_to(Node answer) const {
  std::vector<TokenId> path;
  for (Node node = parent_[answer]; node != ItemTrie::kRoot; node = parent_[node]) path.push_back(entered_by_[node]);
  std::reverse(path.begin(), path.end());
  return path;
}

std::shared_ptr<const DeviceTrie> DeviceTrieCache::of(const ItemTrie& trie, torch::Device device) {
  const std::lock_guard lock(mutex_);
  if (last_ == nullptr || last_->serial() != trie.serial()) last_ = std::make_shared<const DeviceTrie>(trie, device);
  return last_;
}

}  // namespace p5
