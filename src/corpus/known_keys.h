// The keys of the items and users that a run was trained on, in the order of their ids. A run keeps them, so that its
// ids mean the same in every later corpus (catalog_map.h). Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/corpus.h"

namespace p5 {

// Texts one after the other in memory: there may be millions.
class KeyList {
 public:
  KeyList() = default;
  // As text() and begins() gave them. REQUIRES ascending begins from 0 to the size of the text.
  KeyList(std::string text, std::vector<std::uint64_t> begins) : text_(std::move(text)), begins_(std::move(begins)) {}

  void add(std::string_view key) {
    text_ += key;
    begins_.push_back(text_.size());
  }
  std::size_t size() const { return begins_.size() - 1; }
  std::string_view operator[](std::size_t id) const {
    return std::string_view(text_).substr(begins_[id], begins_[id + 1] - begins_[id]);
  }
  std::string_view text() const { return text_; }
  std::span<const std::uint64_t> begins() const { return begins_; }  // [size + 1]

 private:
  std::string text_;
  std::vector<std::uint64_t> begins_{0};
};

struct KnownKeys {
  KeyList items, users;

  // The items with events, and all users. A model never met the other items: they are as new as those that a later
  // corpus has.
  static KnownKeys of(const Corpus& corpus);
};

}  // namespace p5
