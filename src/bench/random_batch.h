// Batches of random tokens without padding, for benches. Thread-safe: a pure function of its arguments.
#pragma once

#include "base/rng.h"
#include "bench/flop_count.h"
#include "text/token_batch.h"

namespace p5 {

// Tokens from 2 (after padding and end) to `vocab`; shape.target 0 leaves targets out.
TokenBatch random_batch(const BatchShape& shape, std::int64_t vocab, Rng& rng);

}  // namespace p5
