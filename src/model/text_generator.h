// The ability of a model to generate and to score text: what search, sampling and choice between answers need. Not
// thread-safe: one object serves one caller at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "decode/next_token_scorer.h"
#include "text/token_batch.h"

namespace p5 {

class TextGenerator {
 public:
  static constexpr const char* kWhat = "write text";
  virtual ~TextGenerator() = default;
  // Encodes the sources once, in evaluation mode; the scorer must not outlive the model.
  virtual std::unique_ptr<NextTokenScorer> start(const TokenBatch& sources) = 0;
  // Log-probability of each row's whole target, [rows], in evaluation mode.
  virtual std::vector<float> score_targets(const TokenBatch& batch) = 0;
  // How many sources of a long list it likes to search for together.
  virtual std::size_t sources_at_once() const { return 64; }
};

}  // namespace p5
