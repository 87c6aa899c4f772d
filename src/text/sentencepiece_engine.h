// What p5 uses of the SentencePiece library. The implementation is libp5_sentencepiece.so, opened at first use with its
// symbols hidden from the rest (base/shared_library.h). Errors of the library are returned as text, empty on success.
// Thread-safe: const.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/tokenizer.h"

namespace p5 {

class SentencePieceEngine {
 public:
  virtual ~SentencePieceEngine() = default;
  virtual std::string load(const std::string& model) = 0;
  virtual int size() const = 0;
  virtual std::string_view piece(TokenId token) const = 0;
  virtual std::string encode(std::string_view text, std::vector<TokenId>& out) const = 0;
  virtual std::string decode(const std::vector<TokenId>& tokens, std::string& text) const = 0;
};

struct SentencePieceTraining {
  std::unordered_map<std::string, std::string> arguments;
  std::vector<std::string> sentences;
};

extern "C" {
// The caller owns the engine.
p5::SentencePieceEngine* p5_sentencepiece_make();
// Fills `model` or `complaint`.
void p5_sentencepiece_train(const p5::SentencePieceTraining* training, std::string* model, std::string* complaint);
}

}  // namespace p5
