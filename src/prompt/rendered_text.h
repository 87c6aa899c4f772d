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
  // kSentinel marks a gap: a source names it where something is left out, a target before what belongs there.
  enum class Kind : std::uint8_t { kText, kItem, kUser, kSentinel };
  // Lists are marked, separators included, so that a text that is too long can drop its oldest history.
  enum class List : std::uint8_t { kNone, kHistory, kCandidates };
  Kind kind = Kind::kText;
  std::string text = {};  // kText: the words, spaces at the edges kept
  std::uint32_t id = 0;   // kItem, kUser: dense id; kSentinel: its number, from 0
  List list = List::kNone;

  bool operator==(const Mention&) const = default;
};

using RenderedText = std::vector<Mention>;

// How prompts write an item that has no name, such as one that the corpus gained after training.
inline constexpr std::string_view kNewItemText = "a new item";

// How prompts write a user: "user_1" is the first of the corpus.
std::string user_text(std::uint32_t user);

// For people: item mentions by name, sentinels as T5 writes them: "<extra_id_0>".
std::string to_text(const RenderedText& rendered, const std::function<std::string(std::uint32_t)>& item_name);

}  // namespace p5
