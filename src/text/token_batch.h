// What crosses the LibTorch boundary: a padded batch of sources and, for training and scoring, targets. A plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "text/tokenizer.h"

namespace p5 {

// Sets of tokens that may be at a position of an answer, numbered from 1: set s is sets[s - 1], ascending; 0 means the
// whole vocabulary.
using TokenSets = std::vector<std::vector<TokenId>>;

// What is known about a token before the model is asked.
struct KnownToken {
  TokenId token = 0;
  float feature = 0.0f;    // what a logit gains by it (decode/trie_evidence.h); 0 = nothing is known
  float share = 0.0f;      // of the neighbors of a history, given the tokens before
  std::int16_t age = -1;   // steps since the history held it, 0 = its newest item; -1 = it did not
  std::uint8_t depth = 0;  // its place in its item's path
};

// Known tokens of target positions: those of position p are tokens[offsets[p] .. offsets[p + 1]), ascending by token,
// each token once. A model adds to their logits what it learns about such features, and targets may be spread over
// them. Empty offsets: nothing is known anywhere.
struct TokenEvidence {
  // Positions are those of the target matrix: [rows * target_length + 1] in a batch, [target + 1] in a row.
  std::vector<std::uint32_t> offsets;
  std::vector<KnownToken> tokens;
  float distill = 0.0f;  // share of a target that follows the known tokens' shares

  bool empty() const { return offsets.empty(); }
  std::span<const KnownToken> at(std::size_t position) const {
    return std::span(tokens).subspan(offsets[position], offsets[position + 1] - offsets[position]);
  }
};

// All matrices are row-major. Padding is kPadToken with mask 0 (1 = keep).
struct TokenBatch {
  std::int32_t rows = 0;
  std::int32_t source_length = 0;
  std::int32_t target_length = 0;         // 0: no targets
  std::vector<TokenId> source;            // [rows, source_length]
  std::vector<std::int32_t> whole_word;   // [rows, source_length]; empty = none used
  std::vector<std::uint8_t> source_mask;  // [rows, source_length]
  std::vector<std::int32_t> user_prompt;  // [rows, width] rows of the model's table of users' features; may be empty
  std::vector<TokenId> target;            // [rows, target_length], end token included, padding after it
  std::vector<std::uint8_t> target_mask;  // [rows, target_length]
  // [rows, target_length] what the decoder reads; empty = the target shifted right after the start token.
  std::vector<TokenId> decoder_input;
  // [rows, target_length] the set that a target token competes in: the softmax runs over the tokens of that set only.
  // Empty = the whole vocabulary everywhere.
  std::vector<std::uint32_t> target_set;
  std::shared_ptr<const TokenSets> token_sets;  // the sets that target_set numbers; may be null when that is empty
  // Training on a CPU may estimate the softmax over a larger set by this many of its tokens, on average; 0 = it does
  // not.
  std::int64_t set_draws = 0;
  // Of what training draws for the batch as a whole, so that processes with a part of it each draw the same; 0: torch's
  // default generator.
  std::uint64_t draw_seed = 0;
  std::vector<std::uint8_t> gap;     // [rows, source_length] steps of time since the event before; may be empty
  std::vector<float> target_value;   // [rows, target_length] a number to predict, NaN = none; may be empty
  TokenEvidence evidence;            // of target positions; only for models that have weights for it
  std::vector<float> row_weight;     // [rows] weight of each row in the loss; empty = all 1
  std::uint8_t objective = 0;        // what training minimises, a row of the model's list; 0 = its first
  std::vector<std::int16_t> family;  // [rows] index of the task family, for loss per family; may be empty

  std::int64_t token_count() const;  // kept source and target tokens
};

// One row before padding.
struct TokenRow {
  std::vector<TokenId> source;
  std::vector<std::int32_t> whole_word;
  std::vector<TokenId> target;
  std::vector<std::int32_t> user_prompt = {};  // as many in all rows of a batch
  std::vector<std::uint32_t> target_set = {};  // [target]; empty = all 0
  TokenEvidence evidence = {};
  std::size_t given = 0;            // target tokens at its beginning that are not learnt
  std::vector<float> answers = {};  // what is known of the answers in words that may be given, share by share
  float weight = 1.0f;
  std::int16_t family = 0;
};

// Length of row `row` of a mask [rows, length] up to and including its last kept position; 0 when none is kept.
std::int64_t kept_length(const std::vector<std::uint8_t>& mask, std::int64_t row, std::int64_t length);

// Pads rows to the longest source and target among them.
TokenBatch pad_rows(const std::vector<TokenRow>& rows);

}  // namespace p5
