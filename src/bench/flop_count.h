// Floating-point operations that a model's arithmetic needs, counted by formula: the floor that measured times are
// compared with. Pure functions, thread-safe.
//
// Matrix products only, 2 operations per multiply-add; norms, softmax, dropout, embeddings and the optimizer are not
// counted. With d = d_model, a = heads * d_kv, f = d_ff, m = 2 matrices of the feed-forward (3 when gated), V = vocab,
// n source and t target positions in all, and s source and u target positions per row:
//
//   encoder block            n * (8da + 2mdf + 4sa)      q, k, v, o; feed-forward; scores and weighted values
//   decoder block            t * (8da + 2mdf + 4ua)      the same over targets, the whole square
//                          + t * (4da + 4sa) + n * 4da   cross-attention: q, o; its products; keys and values
//   output                   t * 2dV                     logits over the vocabulary
//
// A training step is three times that: forward, and backward to inputs and to weights.
#pragma once

#include <cstdint>
#include <span>

#include "t5/t5_spec.h"

namespace p5 {

// A dense batch: `rows` sources of `source` tokens, each with `target` tokens.
struct BatchShape {
  std::int64_t rows = 0, source = 0, target = 0;
};

double forward_flops(const T5Spec& spec, const BatchShape& shape);
double training_flops(const T5Spec& spec, const BatchShape& shape);

// What a step of a search processes: beams of all sources together, and tokens allowed over all of them.
struct SearchStep {
  std::int64_t rows = 0, allowed = 0;
};

// Encoder and cross keys and values once for `rows` sources of `source` tokens, then per step one position per beam
// with its keys and values kept, and logits of the allowed tokens only.
double search_flops(const T5Spec& spec, std::int64_t sources, std::int64_t source, std::span<const SearchStep> steps);

}  // namespace p5
