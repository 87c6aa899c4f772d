// All tokens of a model, in four ranges: the text pieces of the tokenizer, T5's sentinels, the tokens of items (one per
// item or cluster, as an ItemIndexer decides) and those of users. Immutable once built; thread-safe.
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

// The tokens from `begin` up to, not including, `end`.
struct TokenRange {
  TokenId begin = 0, end = 0;

  std::size_t size() const { return static_cast<std::size_t>(end - begin); }
  bool contains(TokenId token) const { return token >= begin && token < end; }
  friend bool operator==(const TokenRange&, const TokenRange&) = default;
};

class Vocabulary {
 public:
  // `sentinels`: T5 appends 100. `item_tokens` and `user_tokens` are names, all distinct.
  Vocabulary(std::shared_ptr<const Tokenizer> tokenizer, std::int32_t sentinels, std::vector<std::string> item_tokens,
             std::vector<std::string> user_tokens = {});

  const Tokenizer& tokenizer() const { return *tokenizer_; }
  const std::shared_ptr<const Tokenizer>& shared_tokenizer() const { return tokenizer_; }
  std::size_t size() const { return static_cast<std::size_t>(users().end); }
  // Each range begins where the one before ends; the first begins at 0.
  TokenRange pieces() const { return {0, static_cast<TokenId>(tokenizer_->size())}; }
  TokenRange sentinels() const { return {pieces().end, pieces().end + sentinels_}; }
  TokenRange items() const { return {sentinels().end, sentinels().end + item_tokens_}; }
  TokenRange users() const { return {items().end, sentinels().end + static_cast<TokenId>(id_tokens_.size())}; }
  // The names of items() and users(), in their order.
  std::span<const std::string> id_tokens() const { return id_tokens_; }
  std::optional<TokenId> id_token(std::string_view name) const;

  bool begins_word(TokenId token) const;  // id tokens do; end and padding do not
  // The text of a sequence: pieces joined by the tokenizer, id tokens as "<name>", end and padding left out.
  std::string decode(std::span<const TokenId> tokens) const;

  // Folder with spiece.model and vocabulary.json (docs/formats.md).
  void save(const std::filesystem::path& folder) const;
  // The SentencePiece model in such a folder.
  static std::filesystem::path pieces_file(const std::filesystem::path& folder) { return folder / "spiece.model"; }
  static Vocabulary load(const std::filesystem::path& folder);

 private:
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::int32_t sentinels_;
  TokenId item_tokens_;  // how many of id_tokens_ are items'; the others are users'
  std::vector<std::string> id_tokens_;
};

}  // namespace p5
