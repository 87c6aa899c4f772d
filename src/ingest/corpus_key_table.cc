#include "ingest/corpus_key_table.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <span>

#include "base/digest.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::uint32_t kFree = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kBlockBytes = 1 << 20;

}  // namespace

CorpusKeyTable::CorpusKeyTable() : slots_(1024, kFree) {}

std::size_t CorpusKeyTable::slot_of(std::string_view key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = checksum64(std::as_bytes(std::span(key))) & mask;
  while (slots_[slot] != kFree && keys_[slots_[slot]] != key) slot = (slot + 1) & mask;
  return slot;
}

std::string_view CorpusKeyTable::store(std::string_view key) {
  if (key.size() > block_left_) {
    const std::size_t bytes = std::max(kBlockBytes, key.size());
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(bytes));
    block_end_ = blocks_.back().get() + bytes;
    block_left_ = bytes;
  }
  char* stored = block_end_ - block_left_;
  std::memcpy(stored, key.data(), key.size());
  block_left_ -= key.size();
  return {stored, key.size()};
}

void CorpusKeyTable::grow() {
  slots_.assign(slots_.size() * 2, kFree);
  for (std::uint32_t number = 0; number < keys_.size(); ++number) slots_[slot_of(keys_[number])] = number;
}

std::uint32_t CorpusKeyTable::intern(std::string_view key) {
  const std::size_t slot = slot_of(key);
  if (slots_[slot] != kFree) return slots_[slot];
  if (keys_.size() + 1 >= kFree) {
    throw data_error("too many keys", {.expected = "fewer than 2^32 users and items", .got = "more"});
  }
  const auto number = static_cast<std::uint32_t>(keys_.size());
  keys_.push_back(store(key));
  slots_[slot] = number;
  if (keys_.size() * 2 > slots_.size()) grow();
  return number;
}

}  // namespace p5
