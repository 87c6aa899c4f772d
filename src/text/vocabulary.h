// All tokens of a model: first the text pieces of the tokenizer, then T5's sentinels, then private id tokens (one an
// item or a cluster, added by an ItemIndexer). Immutable once built; thread-safe.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace p5 {

class Vocabulary {
 public:
  // `sentinels`: T5 appends 100, which hold the ids [tokenizer.size(), tokenizer.size() + 100).
  Vocabulary(std::shared_ptr<const Tokenizer> tokenizer, std::int32_t sentinels, std::vector<std::string> id_tokens);

  const Tokenizer& tokenizer() const { return *tokenizer_; }
  const std::shared_ptr<const Tokenizer>& shared_tokenizer() const { return tokenizer_; }
  std::size_t size() const;
  TokenId first_id_token() const;
  std::span<const std::string> id_tokens() const { return id_tokens_; }
  std::int32_t sentinels() const { return sentinels_; }
  std::optional<TokenId> id_token(std::string_view name) const;

  bool begins_word(TokenId token) const;  // id tokens do; end and padding do not
  // The text of a sequence: pieces joined by the tokenizer, id tokens as "<name>", end and padding left out.
  std::string decode(std::span<const TokenId> tokens) const;

  // Folder with spiece.model and vocabulary.json (docs/formats.md).
  void save(const std::filesystem::path& folder) const;
  static Vocabulary load(const std::filesystem::path& folder);

 private:
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::int32_t sentinels_;
  std::vector<std::string> id_tokens_;
};

}  // namespace p5
