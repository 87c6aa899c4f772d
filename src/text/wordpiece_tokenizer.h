// BERT's tokenizer (Devlin et al. 2019): words are cut at spaces and around punctuation and CJK letters, in lower case
// and without accents where the model is uncased, and then into the longest pieces of the vocabulary, of which those
// inside a word begin with "##". Thread-safe: all const.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/tokenizer.h"

namespace p5 {

struct WordPieceOptions {
  bool lower_case = true;          // and without accents
  bool split_cjk = true;           // CJK letters are words of their own
  std::size_t longest_word = 100;  // letters; longer words are unknown
};

class WordPieceTokenizer {
 public:
  // Reads vocab.txt: a piece per line, numbered from 0. Throws NotFound, or Corrupted (model), naming file and line,
  // for a piece that comes twice or a vocabulary without [UNK], [CLS] and [SEP].
  WordPieceTokenizer(const std::filesystem::path& vocab_txt, const WordPieceOptions& options);

  std::size_t size() const { return pieces_.size(); }
  std::string_view piece(TokenId token) const { return pieces_[static_cast<std::size_t>(token)]; }
  // [CLS], the pieces of the text, [SEP]: `limit` tokens at most, of which the last is [SEP]. REQUIRES limit >= 2.
  std::vector<TokenId> encode(std::string_view text, std::size_t limit) const;

 private:
  std::vector<std::u32string> words_of(std::string_view text) const;
  void append_pieces(const std::u32string& word, std::vector<TokenId>& out) const;

  WordPieceOptions options_;
  std::vector<std::string> pieces_;
  std::unordered_map<std::string, TokenId> numbers_;
  TokenId unknown_ = 0, begin_ = 0, end_ = 0;
};

}  // namespace p5
