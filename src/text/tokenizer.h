// Text to token ids and back. Thread-safe: all const.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace p5 {

using TokenId = std::int32_t;

// T5's convention, kept by every tokenizer of p5.
inline constexpr TokenId kPadToken = 0;
inline constexpr TokenId kEndToken = 1;
inline constexpr TokenId kUnknownToken = 2;

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  // Number of text pieces; ids of encode() are below it.
  virtual std::size_t size() const = 0;
  // Appends the pieces of `text`, without an end token. Newlines count as spaces.
  virtual void encode(std::string_view text, std::vector<TokenId>& out) const = 0;
  virtual std::string decode(const std::vector<TokenId>& tokens) const = 0;
  // Whether the piece begins a word (carries the word marker U+2581).
  virtual bool begins_word(TokenId token) const = 0;
  virtual std::string_view piece(TokenId token) const = 0;
};

}  // namespace p5
