// Histories as rows of tokens. Thread-safe: free functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "encoders/encoder_spec.h"
#include "text/token_batch.h"

namespace p5 {

// What an encoder of this spec reads of a history when it is asked: its newest items that the catalogue holds, oldest
// first, and for kMasked a mask in the place of the item that comes next. Never empty: without items it is padding.
std::vector<TokenId> history_tokens(std::span<const std::uint32_t> history, const EncoderSpec& spec);

// Rows padded to the longest; sources alone.
TokenBatch source_batch(std::span<const std::vector<TokenId>> rows);

}  // namespace p5
