// From decoder states to the best next tokens: products, masking and top-k run where the tensors are, then ties are
// ordered on the host. Thread-safe: a free function.
#pragma once

#include <torch/torch.h>

#include "decode/next_token_scorer.h"
#include "t5/evidence_weights.h"

namespace p5 {

// states [rows, d_model] and output_weight [vocab, d_model] give logits, and `evidence` what known tokens add to them;
// log-probabilities are normalised over the
// allowed tokens of each row. Only the output rows of allowed tokens are multiplied: all of them for every row when
// lists are long or similar, pair by pair when they are short (deep in a trie). Throws Corrupted (model) for NaN.
void rank_next_tokens(const torch::Tensor& states, const torch::Tensor& output_weight, const EvidenceWeights& evidence,
                      const ScoreRequest& request, ScoreResult& result);

}  // namespace p5
