// Distinct keys and their numbers in order of first appearance. Keys are stored in large blocks: 20 bytes per key
// besides its text. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace p5 {

class CorpusKeyTable {
 public:
  CorpusKeyTable();

  // The number of the key; a new one for a key not seen before.
  std::uint32_t intern(std::string_view key);
  std::string_view key(std::uint32_t number) const { return keys_[number]; }
  std::size_t size() const { return keys_.size(); }

 private:
  std::size_t slot_of(std::string_view key) const;
  std::string_view store(std::string_view key);
  void grow();

  std::vector<std::string_view> keys_;
  std::vector<std::uint32_t> slots_;  // open addressing, a power of two, at most half full
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_left_ = 0;
  char* block_end_ = nullptr;
};

}  // namespace p5
