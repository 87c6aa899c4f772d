// The ability of a model to return every logit of a batch, for comparing implementations. Not thread-safe.
#pragma once

#include <vector>

#include "text/token_batch.h"

namespace p5 {

struct LogitsResult {
  double loss = 0.0;                  // mean cross entropy over kept target tokens
  std::vector<float> logits;          // [rows, target_length, vocab]
  std::vector<float> encoder_states;  // [rows, source_length, d_model]
};

class LogitsReader {
 public:
  static constexpr const char* kWhat = "show its logits";
  virtual ~LogitsReader() = default;
  // Runs in evaluation mode. The decoder reads batch.decoder_input, or the target shifted right after the start token.
  virtual LogitsResult logits(const TokenBatch& batch) = 0;
};

}  // namespace p5
