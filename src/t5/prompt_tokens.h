// Learnt vectors before every source (prompt tuning, Lester et al. 2021): tokens after those of the vocabulary, which
// the encoder reads and no answer holds. Torch-free; thread-safe: a free function.
#pragma once

#include "t5/t5_spec.h"
#include "text/token_batch.h"

namespace p5 {

// The batch with tokens vocab_size, vocab_size + 1, ... before each source. REQUIRES checked sources.
TokenBatch with_prompt_tokens(const TokenBatch& batch, const T5Spec& spec);

}  // namespace p5
