// What search needs from a model: the best next tokens of every beam. Masking and top-k run on the model's device.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "text/token_batch.h"
#include "text/tokenizer.h"

namespace p5 {

struct Continuation {
  TokenId token;
  float log_probability;  // normalised over the allowed tokens of the row, or over all tokens when none are given
};

// One step for a set of rows (beams of all users, flattened).
struct ScoreRequest {
  // [rows] the source sentence each row belongs to; rows of one source share its encoder states.
  std::span<const std::int32_t> source;
  // [rows] the row of the previous step that each row continues; empty at the first step.
  std::span<const std::int32_t> parent;
  // [rows] the token chosen last; empty at the first step (the decoder's start token).
  std::span<const TokenId> last_token;
  // Allowed tokens as compressed rows: those of row r are allowed[offsets[r] .. offsets[r+1]), ascending. Both empty:
  // every token is allowed.
  std::span<const std::uint32_t> allowed_offsets;  // [rows + 1]
  std::span<const TokenId> allowed;
  // What is known of tokens of row r: known[known_offsets[r] .. known_offsets[r+1]), ascending by token; tokens that
  // are not allowed are passed over. Both empty: nothing. Models without weights for evidence ignore it.
  std::span<const std::uint32_t> known_offsets = {};  // [rows + 1]
  std::span<const KnownToken> known = {};
  std::int32_t top = 1;  // continuations wanted per row
};

// Continuations of row r are values[offsets[r] .. offsets[r+1]), best first; fewer than `top` when fewer are allowed.
// Equal scores are ordered by token, so that results do not depend on the machine.
struct ScoreResult {
  std::vector<std::uint32_t> offsets;
  std::vector<Continuation> values;
};

class NextTokenScorer {
 public:
  virtual ~NextTokenScorer() = default;
  virtual std::int32_t source_count() const = 0;
  virtual void score(const ScoreRequest& request, ScoreResult& result) = 0;
};

}  // namespace p5
