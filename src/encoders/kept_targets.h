// The targets of a batch that count: their places in its matrices, items and rows. A plain value; thread-safe: free
// functions.
#pragma once

#include <cstdint>
#include <vector>

#include "encoders/encoder_spec.h"
#include "text/token_batch.h"

namespace p5 {

struct KeptTargets {
  std::vector<std::int64_t> places;  // [targets] in the matrix of targets, read row after row
  std::vector<std::int64_t> labels;  // [targets] items
  std::vector<std::int64_t> rows;    // [targets]
};

// Throws a usage error for ids that the spec does not have, for a target that is not an item, and where none is kept.
KeptTargets kept_targets(const TokenBatch& batch, const EncoderSpec& spec);

// Sources and their mask have the batch's size, and tokens are below the spec's vocabulary; else throws a usage error:
// ids out of range would be undefined behavior further on.
void check_sources(const TokenBatch& batch, const EncoderSpec& spec);

// The same of targets and evidence.
void check_targets(const TokenBatch& batch, const EncoderSpec& spec);

// The kept source tokens of each row.
std::vector<std::vector<TokenId>> kept_sources(const TokenBatch& batch);

}  // namespace p5
