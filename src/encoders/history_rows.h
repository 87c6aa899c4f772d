// Histories as rows of tokens. Thread-safe: free functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "encoders/encoder_spec.h"
#include "text/token_batch.h"

namespace p5 {

// What an encoder of this spec reads of a history when it is asked: its newest items that the catalogue holds, oldest
// first, and for a network that reads both ways a mask in the place of the item that comes next. Never empty: without
// items it is padding.
std::vector<TokenId> history_tokens(std::span<const std::uint32_t> history, const EncoderSpec& spec);
// The steps of time [history] of the same tokens; 0 for a mask.
std::vector<std::uint8_t> history_gaps(std::span<const std::uint32_t> history, std::span<const std::uint8_t> steps,
                                       const EncoderSpec& spec);

// Rows padded to the longest; sources alone. `gaps`: the steps of time of their tokens; empty: none.
TokenBatch source_batch(std::span<const std::vector<TokenId>> rows,
                        std::span<const std::vector<std::uint8_t>> gaps = {});

}  // namespace p5
