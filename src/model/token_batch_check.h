// What a TokenBatch must hold before a model reads it, and what its decoder reads. Torch-free; thread-safe: free
// functions.
#pragma once

#include <cstdint>
#include <vector>

#include "model/model_spec.h"
#include "nn/sequence_runs.h"
#include "text/token_batch.h"

namespace p5 {

// Throws InvalidArgument (request) when there is nothing to read, sizes disagree, or a token or whole-word id is out of
// range: later on, such an id would be undefined behaviour or end the process.
void check_sources(const TokenBatch& batch, const ModelSpec& spec);
// Whether the batch has whole-word ids and the model reads them: a model without the table ignores them.
bool reads_whole_words(const TokenBatch& batch, const ModelSpec& spec);

// What the decoder reads and should predict, laid out in runs.
struct Targets {
  std::vector<TokenId> input;       // [tokens]: the batch's decoder input, or the target shifted right
  std::vector<std::int64_t> kept;   // positions of kept tokens in `input`
  std::vector<std::int64_t> label;  // [kept]
  std::vector<std::int64_t> row;    // [kept]
  std::vector<float> count;         // [rows]: kept tokens of each row
};
// Throws as check_sources(), and when no target token is kept.
void check_targets(const TokenBatch& batch, const ModelSpec& spec);
// REQUIRES check_targets(), and runs that hold every row and its kept tokens.
Targets targets_of(const TokenBatch& batch, const SequenceRuns& runs);

// Throws InvalidArgument (request) unless every target names a set that is in the batch, or none does; sets hold tokens
// below `vocab`, ascending.
void check_target_sets(const TokenBatch& batch, std::int64_t vocab);

// Throws InvalidArgument (request) unless known tokens cover the target positions and are below `vocab`, ascending at
// each position, with finite features and shares.
void check_evidence(const TokenBatch& batch, std::int64_t vocab);

// The objective (TokenBatch::objective) whose row weights are advantages, below 0 for answers that should be less
// likely.
inline constexpr std::uint8_t kPolicyGradient = 1;

// Throws InvalidArgument (request) unless each row has a finite weight, 0 or more except under kPolicyGradient, or no
// row has one.
void check_row_weights(const TokenBatch& batch);

}  // namespace p5
