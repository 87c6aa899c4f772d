// A text being built: its tokens, and what is known about each. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "text/tokenizer.h"

namespace p5 {

struct TokenText {
  // An item of a history, and the separator after it.
  struct HistoryItem {
    std::size_t begin, item_end, end;
  };
  std::vector<TokenId> ids;
  std::vector<std::uint8_t> starts_word;  // [ids.size()]
  std::vector<std::uint16_t> depth;       // [ids.size()] position in an item's path, from 1; 0 = not an item's
  std::vector<HistoryItem> history;       // from the first in the text to the last

  // A token that is not an item's.
  void append_token(TokenId token, bool begins_word);
  // An item's tokens, which are one word.
  void append_item(std::span<const TokenId> path);

  enum class Order : std::uint8_t { kOldestFirst, kNewestFirst };
  struct Shortening {
    std::size_t dropped;  // items
    std::size_t excess;   // tokens that are still too many
  };
  // Removes the oldest items of the history, each with the separator between it and the rest of its list, until `limit`
  // tokens are left; the newest item stays. The history's ranges are invalid afterwards.
  Shortening shorten(std::size_t limit, Order order);
};

}  // namespace p5
