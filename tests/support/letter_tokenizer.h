// A tokenizer of single letters, so that tests need no trained one. Thread-safe: const.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/tokenizer.h"

namespace p5::test {

// One token per letter; the first letter of a word carries the word marker. Blanks as T5 treats them: runs count once.
class LetterTokenizer final : public Tokenizer {
 public:
  static constexpr TokenId kInside = 3, kBegin = 3 + 256;

  // Letters of `unknown` are read as the unknown token.
  explicit LetterTokenizer(std::string unknown = "") : unknown_(std::move(unknown)) {}
  std::size_t size() const override { return 3 + 512; }
  void encode(std::string_view text, std::vector<TokenId>& out) const override {
    bool begins = true;
    for (const char c : text) {
      const bool space = c == ' ' || c == '\n' || c == '\t';
      const bool known = unknown_.find(c) == std::string::npos;
      if (!space) out.push_back(known ? (begins ? kBegin : kInside) + static_cast<unsigned char>(c) : kUnknownToken);
      begins = space;
    }
  }
  std::string decode(const std::vector<TokenId>& tokens) const override {
    std::string text;
    for (const TokenId token : tokens) {
      if (token >= kBegin && !text.empty()) text += ' ';
      if (token >= kInside) text += static_cast<char>(token - (token >= kBegin ? kBegin : kInside));
    }
    return text;
  }
  bool begins_word(TokenId token) const override { return token >= kBegin; }
  std::string_view piece(TokenId) const override { return {}; }

 private:
  std::string unknown_;
};

}  // namespace p5::test
