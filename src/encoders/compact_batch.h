// A batch in the numbers of the tokens that it needs, for steps that read these rows of a large item table and no
// others. Not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "text/token_batch.h"

namespace p5 {

// Tokens are laid out as EncoderSpec has them: padding is 0, items follow in their order, and the mask is the last.
struct CompactBatch {
  TokenBatch batch;
  std::vector<std::int64_t> tokens;  // [n] ascending: what the batch calls i is tokens[i]
  std::vector<std::int64_t> drawn;   // [drawn] the numbers of drawn items, counted from 0

  std::int64_t items() const { return static_cast<std::int64_t>(tokens.size()) - 2; }
};

class BatchCompactor {
 public:
  // Of a vocabulary with padding, items and mask.
  explicit BatchCompactor(std::int64_t vocab_size) : numbers_(static_cast<std::size_t>(vocab_size), -1) {}

  // The tokens of sources, targets and evidence, `drawn` items, padding and mask. REQUIRES ids of the vocabulary.
  CompactBatch compact(const TokenBatch& batch, std::span<const std::int64_t> drawn);

 private:
  std::vector<std::int32_t> numbers_;  // [vocabulary] -1 outside of compact()
};

}  // namespace p5
