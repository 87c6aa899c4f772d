// The ability of a model to begin with given vectors of some tokens, in place of random ones (train.item_vectors). Not
// thread-safe.
#pragma once

#include <span>

#include "text/tokenizer.h"

namespace p5 {

class TokenVectorTaker {
 public:
  static constexpr const char* kWhat = "begin with given vectors of tokens";
  virtual ~TokenVectorTaker() = default;
  // Replaces the rows of `tokens` in the tables of input and output by `vectors` [tokens, d_model]. Throws
  // InvalidArgument where the sizes do not fit.
  virtual void take_token_vectors(std::span<const TokenId> tokens, std::span<const float> vectors) = 0;
};

}  // namespace p5
