// A training batch in arrays whose sizes are those of a shape, however many rows and tokens it has: batches of one
// shape do the same work on a GPU, which can then be recorded once (t5/graphed_pass_module.h). Rows and labels that
// fill up a shape weigh nothing. Torch-free. Plain values.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "t5/t5_spec.h"
#include "text/token_batch.h"

namespace p5 {

struct FixedShape {
  std::int64_t rows = 0, source = 0, target = 0;
  std::int64_t labels = 0;   // kept target tokens
  std::int64_t sets = 0;     // that they compete in, 0: the whole vocabulary for all
  std::int64_t members = 0;  // tokens of all sets
  std::int64_t known = 0;    // most known tokens of a label, 0: none
  bool whole_word = false;
  bool masked = false;  // some source token is padding

  auto operator<=>(const FixedShape&) const = default;
};

// The smallest of `steps` sizes per power of two that is at least `size`: 1, or 4, of which at most a quarter is waste.
std::int64_t rounded_size(std::int64_t size, std::int64_t steps);

struct FixedBatch {
  FixedShape shape;
  std::int64_t padded_tokens = 0;  // of sources and targets, as the model computes them

  std::vector<std::int32_t> source;      // [rows, source]
  std::vector<std::int32_t> whole_word;  // [rows, source], or empty
  std::vector<float> mask;               // [rows, source], or empty: 1 = keep
  std::vector<std::int32_t> input;       // [rows, target] what the decoder reads
  std::vector<std::int32_t> place;       // [labels] in `input`
  std::vector<std::int32_t> label;       // [labels]
  std::vector<std::int32_t> row;         // [labels]; `rows` for those that fill up the shape
  std::vector<float> weight;             // [labels]
  std::vector<float> count;              // [rows] labels of each row, at least 1
  std::vector<std::int32_t> set;         // [labels], or empty: 0 is the whole vocabulary
  std::vector<std::int32_t> member_set;  // [members], or empty: the set of each member of sets 1, 2, ...
  std::vector<std::int32_t> member;      // [members]: the member, a token
  std::vector<std::int32_t> column;      // [labels, known]: the token
  std::vector<std::int32_t> depth;       // [labels, known] of the gate
  std::vector<std::int32_t> repeat;      // [labels, known] place of the repeat weight, -1: none
  std::vector<float> feature;            // [labels, known]
  std::vector<float> share;              // [labels, known] of the target
};

// `row_factor` [rows] is what a label of each row weighs. Throws InvalidArgument (request) as source_tensors() and
// target_tensors() do.
FixedBatch fixed_batch(const TokenBatch& batch, const T5Spec& spec, const std::vector<float>& row_factor);

}  // namespace p5
