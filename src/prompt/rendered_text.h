// What a template becomes: text with mentions of items and users kept apart, because an item's tokens are decided by
// its index and not by its spelling. A plain value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace p5 {

struct Mention {
  enum class Kind : std::uint8_t { kText, kItem, kUser };
  Kind kind = Kind::kText;
  std::string text;      // kText: the words, spaces at the edges kept
  std::uint32_t id = 0;  // kItem, kUser: dense id
};

using RenderedText = std::vector<Mention>;

}  // namespace p5
