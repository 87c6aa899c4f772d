#include "encoders/compact_batch.h"

#include <algorithm>

namespace p5 {

CompactBatch BatchCompactor::compact(const TokenBatch& batch, std::span<const std::int64_t> drawn) {
  CompactBatch made{.batch = batch, .tokens = {}, .drawn = {drawn.begin(), drawn.end()}};
  const auto meet = [&](std::int64_t token) {
    std::int32_t& number = numbers_[static_cast<std::size_t>(token)];
    if (number < 0) made.tokens.push_back(token);
    number = 0;
  };
  meet(kPadToken);
  meet(static_cast<std::int64_t>(numbers_.size()) - 1);
  for (const TokenId token : batch.source) meet(token);
  for (const TokenId token : batch.target) meet(token);
  for (const KnownToken& known : batch.evidence.tokens) meet(known.token);
  for (const std::int64_t item : drawn) meet(item + 1);
  std::ranges::sort(made.tokens);
  for (std::size_t i = 0; i < made.tokens.size(); ++i) {
    numbers_[static_cast<std::size_t>(made.tokens[i])] = static_cast<std::int32_t>(i);
  }
  const auto number_of = [&](std::int64_t token) { return numbers_[static_cast<std::size_t>(token)]; };
  for (TokenId& token : made.batch.source) token = number_of(token);
  for (TokenId& token : made.batch.target) token = number_of(token);
  for (KnownToken& known : made.batch.evidence.tokens) known.token = number_of(known.token);
  for (std::int64_t& item : made.drawn) item = number_of(item + 1) - 1;
  for (const std::int64_t token : made.tokens) numbers_[static_cast<std::size_t>(token)] = -1;
  return made;
}

}  // namespace p5
