// The sub-word tokenizer: T5's own model, or one trained on the corpus's text. Thread-safe after construction.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "text/tokenizer.h"

namespace p5 {

struct SentencePieceTrainOptions {
  std::int64_t pieces = 2000;  // vocabulary size wanted; lowered when the text cannot fill it
  std::int64_t max_sentences = 200000;
  bool split_digits = true;  // numbers are split into digits, so that every id can be encoded
};

class SentencePieceTokenizer final : public Tokenizer {
 public:
  // Checks size and structure of the file before passing it to the library; throws Corrupted (model).
  static std::shared_ptr<const SentencePieceTokenizer> load(const std::filesystem::path& model_file);
  static std::shared_ptr<const SentencePieceTokenizer> from_bytes(std::string model, const std::string& where);
  // Trains a unigram model with T5's special ids (pad 0, end 1, unknown 2). `next_sentence` returns false at the end.
  static std::shared_ptr<const SentencePieceTokenizer> train(const std::function<bool(std::string&)>& next_sentence,
                                                             const SentencePieceTrainOptions& options);
  ~SentencePieceTokenizer() override;

  std::size_t size() const override;
  void encode(std::string_view text, std::vector<TokenId>& out) const override;
  std::string decode(const std::vector<TokenId>& tokens) const override;
  bool begins_word(TokenId token) const override;
  std::string_view piece(TokenId token) const override;
  const std::string& model_bytes() const;  // the serialized model, for saving

 private:
  struct Impl;
  explicit SentencePieceTokenizer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace p5
