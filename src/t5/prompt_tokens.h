// Learnt vectors before every source: first those of what is known of its user (PEPLER, Li et al. 2023;
// TokenBatch::user_prompt), then those of prompt tuning (Lester et al. 2021), the same for all. They are tokens after
// those of the vocabulary, which the encoder reads and no answer holds. Torch-free; thread-safe: free functions.
#pragma once

#include "t5/t5_spec.h"
#include "text/token_batch.h"

namespace p5 {

bool has_prompt_tokens(const T5Spec& spec);
// The batch with tokens before each source: vocab_size + prompt_tokens + row for each row of user_prompt (row 0 where
// the batch has none), then vocab_size, vocab_size + 1, ... REQUIRES checked sources and has_prompt_tokens(). Throws
// InvalidArgument (request) for rows that the model does not have.
TokenBatch with_prompt_tokens(const TokenBatch& batch, const T5Spec& spec);

}  // namespace p5
