#include "t5/prompt_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "p5/error.h"

namespace p5 {
namespace {

// Rows of `length` values, each after its row of `first` [rows, count].
template <typename Value>
std::vector<Value> after(const std::vector<Value>& first, const std::vector<Value>& values, std::int32_t rows) {
  if (values.empty()) return {};
  const std::size_t length = values.size() / static_cast<std::size_t>(rows);
  const std::size_t count = first.size() / static_cast<std::size_t>(rows);
  std::vector<Value> result;
  result.reserve(values.size() + first.size());
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
    const auto append = [&](const std::vector<Value>& from, std::size_t size) {
      const auto begin = from.begin() + static_cast<std::ptrdiff_t>(row * size);
      result.insert(result.end(), begin, begin + static_cast<std::ptrdiff_t>(size));
    };
    append(first, count);
    append(values, length);
  }
  return result;
}

// Those that the batch names, or row 0 for what is not known.
std::vector<TokenId> user_tokens(const TokenBatch& batch, const T5Spec& spec) {
  const auto width = static_cast<std::size_t>(spec.user_prompt_tokens);
  std::vector<TokenId> tokens(width * static_cast<std::size_t>(batch.rows), 0);
  if (!batch.user_prompt.empty()) {
    const auto known = [&](std::int32_t row) { return row >= 0 && row < spec.user_prompt_rows; };
    if (batch.user_prompt.size() != tokens.size() || !std::ranges::all_of(batch.user_prompt, known)) {
      throw usage_error("a token batch with other features of users than the model's",
                        {.where = "TokenBatch::user_prompt",
                         .expected = fmt::format("{} a row, below {}", width, spec.user_prompt_rows)});
    }
    tokens.assign(batch.user_prompt.begin(), batch.user_prompt.end());
  }
  for (TokenId& token : tokens) token += static_cast<TokenId>(spec.vocab_size + spec.prompt_tokens);
  return tokens;
}

}  // namespace

bool has_prompt_tokens(const T5Spec& spec) { return spec.prompt_tokens > 0 || spec.user_prompt_tokens > 0; }

TokenBatch with_prompt_tokens(const TokenBatch& batch, const T5Spec& spec) {
  const std::vector<TokenId> users = user_tokens(batch, spec);
  const auto width = static_cast<std::size_t>(spec.user_prompt_tokens);
  const auto count = static_cast<std::size_t>(spec.prompt_tokens) + width;
  std::vector<TokenId> tokens;
  for (std::size_t row = 0; row < static_cast<std::size_t>(batch.rows); ++row) {
    const auto own = users.begin() + static_cast<std::ptrdiff_t>(row * width);
    tokens.insert(tokens.end(), own, own + static_cast<std::ptrdiff_t>(width));
    for (std::int64_t i = 0; i < spec.prompt_tokens; ++i) tokens.push_back(static_cast<TokenId>(spec.vocab_size + i));
  }
  TokenBatch result = batch;
  result.source_length += static_cast<std::int32_t>(count);
  result.source = after(tokens, batch.source, batch.rows);
  result.whole_word = after(std::vector<std::int32_t>(tokens.size(), 0), batch.whole_word, batch.rows);
  result.source_mask = after(std::vector<std::uint8_t>(tokens.size(), 1), batch.source_mask, batch.rows);
  return result;
}

}  // namespace p5
