// Neighboring rows of a batch whose targets are padded together, so that an answer of two tokens is not padded to
// forty. Thread-safe: free functions.
#pragma once

#include <cstdint>

#include "nn/sequence_runs.h"
#include "text/token_batch.h"

namespace p5 {

// All rows padded to the longest target.
SequenceRuns padded_targets(const TokenBatch& batch);

// All rows, in their order, in the runs that have the fewest tokens when each run counts `price` tokens more. A row is
// as long as its last kept token; rows without one have length 1. REQUIRES target_mask of the batch's size.
SequenceRuns target_runs(const TokenBatch& batch, std::int64_t price);

}  // namespace p5
