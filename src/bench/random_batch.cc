#include "bench/random_batch.h"

#include <cstddef>

#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::int64_t kFirstFreeToken = 2;

std::vector<TokenId> random_tokens(std::int64_t count, std::int64_t vocab, Rng& rng) {
  std::vector<TokenId> tokens(static_cast<std::size_t>(count));
  for (TokenId& token : tokens) {
    token = static_cast<TokenId>(kFirstFreeToken + rng.below(static_cast<std::uint64_t>(vocab - kFirstFreeToken)));
  }
  return tokens;
}

}  // namespace

TokenBatch random_batch(const BatchShape& shape, std::int64_t vocab, Rng& rng) {
  if (vocab <= kFirstFreeToken) {
    throw usage_error("no tokens to draw from",
                      {.where = "vocab", .expected = "more than 2", .got = std::to_string(vocab)});
  }
  TokenBatch batch;
  batch.rows = static_cast<std::int32_t>(shape.rows);
  batch.source_length = static_cast<std::int32_t>(shape.source);
  batch.target_length = static_cast<std::int32_t>(shape.target);
  batch.source = random_tokens(shape.rows * shape.source, vocab, rng);
  batch.source_mask.assign(batch.source.size(), 1);
  batch.target = random_tokens(shape.rows * shape.target, vocab, rng);
  batch.target_mask.assign(batch.target.size(), 1);
  return batch;
}

}  // namespace p5
