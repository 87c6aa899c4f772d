#include "t5/prompt_tokens.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace p5 {
namespace {

// Rows of `length` values, each after `first`.
template <typename Value>
std::vector<Value> after(const std::vector<Value>& first, const std::vector<Value>& values, std::int32_t rows) {
  if (values.empty()) return {};
  const std::size_t length = values.size() / static_cast<std::size_t>(rows);
  std::vector<Value> result;
  result.reserve(values.size() + first.size() * static_cast<std::size_t>(rows));
  for (std::size_t begin = 0; begin < values.size(); begin += length) {
    result.insert(result.end(), first.begin(), first.end());
    result.insert(result.end(), values.begin() + static_cast<std::ptrdiff_t>(begin),
                  values.begin() + static_cast<std::ptrdiff_t>(begin + length));
  }
  return result;
}

}  // namespace

TokenBatch with_prompt_tokens(const TokenBatch& batch, const T5Spec& spec) {
  const auto count = static_cast<std::size_t>(spec.prompt_tokens);
  std::vector<TokenId> tokens(count);
  std::iota(tokens.begin(), tokens.end(), static_cast<TokenId>(spec.vocab_size));
  TokenBatch result = batch;
  result.source_length += static_cast<std::int32_t>(count);
  result.source = after(tokens, batch.source, batch.rows);
  result.whole_word = after(std::vector<std::int32_t>(count, 0), batch.whole_word, batch.rows);
  result.source_mask = after(std::vector<std::uint8_t>(count, 1), batch.source_mask, batch.rows);
  return result;
}

}  // namespace p5
