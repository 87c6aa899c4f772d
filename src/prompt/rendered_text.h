// A rendered template: text in which mentions of items and users are kept separate, because an item's tokens are
// decided by its index. A plain value.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace p5 {

struct Mention {
  enum class Kind : std::uint8_t { kText, kItem, kUser };
  // Lists are marked, separators included, so that a text that is too long can drop its oldest history.
  enum class List : std::uint8_t { kNone, kHistory, kCandidates };
  Kind kind = Kind::kText;
  std::string text = {};  // kText: the words, spaces at the edges kept
  std::uint32_t id = 0;   // kItem, kUser: dense id
  List list = List::kNone;

  bool operator==(const Mention&) const = default;
};

using RenderedText = std::vector<Mention>;

// How prompts write a user: "user_1" is the first of the corpus.
std::string user_text(std::uint32_t user);

// For people: item mentions by name.
std::string to_text(const RenderedText& rendered, const std::function<std::string(std::uint32_t)>& item_name);

}  // namespace p5
