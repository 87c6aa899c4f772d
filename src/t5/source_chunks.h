// Sources cut into chunks of about equal length, so that little padding is computed. Torch-free; thread-safe: free
// functions.
#pragma once

#include <cstdint>
#include <vector>

#include "text/token_batch.h"

namespace p5 {

// Rows of a batch that are read together, `length` positions of each.
struct SourceChunk {
  std::vector<std::int32_t> rows;
  std::int64_t length = 0;

  std::int64_t positions() const { return static_cast<std::int64_t>(rows.size()) * length; }
};

enum class SourcePadding { kSkip, kKeep };  // kKeep reads every row to the batch's length

// Positions of a row up to its last kept one; a row without a kept position is read whole.
std::int64_t read_length(const TokenBatch& batch, std::int32_t row);

// All rows of the batch, longest first, in chunks of at most `positions` (but at least one row).
std::vector<SourceChunk> source_chunks(const TokenBatch& batch, SourcePadding padding, std::int64_t positions);

}  // namespace p5
