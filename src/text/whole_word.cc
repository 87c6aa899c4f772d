#include "text/whole_word.h"

#include <algorithm>

namespace p5 {

std::vector<std::int32_t> whole_word_ids(std::span<const TokenId> tokens, const Vocabulary& vocabulary,
                                         std::int32_t rows) {
  const std::int32_t last_row = std::max(rows - 1, 0);
  std::vector<std::int32_t> ids;
  ids.reserve(tokens.size());
  std::int32_t word = 0;
  for (const TokenId token : tokens) {
    const bool outside = token == kPadToken || token == kEndToken;
    if (!outside && vocabulary.begins_word(token)) word = std::min(word + 1, last_row);
    ids.push_back(outside ? 0 : word);
  }
  return ids;
}

}  // namespace p5
