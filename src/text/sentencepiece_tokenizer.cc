#include "text/sentencepiece_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/rng.h"
#include "base/shared_library.h"
#include "base/utf8.h"
#include "p5/error.h"
#include "text/sentencepiece_check.h"
#include "text/sentencepiece_engine.h"

namespace p5 {
namespace {

constexpr std::uint64_t kMaxModelBytes = 64u << 20;
constexpr std::size_t kMaxSentenceBytes = 4000;           // the trainer drops longer sentences, so they are cut
constexpr std::string_view kWordMarker = "\xE2\x96\x81";  // U+2581

// SentencePiece has its own copy of protobuf: in one scope with LibTorch's, either would call into the other.
const SharedLibrary& sentencepiece_library() {
  static const SharedLibrary library({.file = "libp5_sentencepiece.so",
                                      .provides = "SentencePiece",
                                      .remedy = "the library as built and installed next to libp5.so"});
  return library;
}

void spaces_for_controls(std::string& text) {
  for (char& letter : text) {
    if (letter == '\n' || letter == '\r' || letter == '\t' || letter == '\0') letter = ' ';
  }
}

// A uniform sample of at most `limit` non-empty sentences (reservoir sampling, Vitter 1985), the same in every run.
std::vector<std::string> sample_sentences(const std::function<bool(std::string&)>& next_sentence, std::size_t limit) {
  Rng rng(0, "tokenizer-sentences");
  std::vector<std::string> kept;
  std::string sentence;
  for (std::uint64_t seen = 0; next_sentence(sentence);) {
    if (sentence.find_first_not_of(" \t\r\n") == std::string::npos) continue;
    const std::uint64_t index = seen < limit ? seen : rng.below(seen + 1);
    ++seen;
    if (index >= limit) continue;
    std::string text(utf8_prefix(sentence, kMaxSentenceBytes));
    spaces_for_controls(text);
    if (index < kept.size()) {
      kept[index] = std::move(text);
    } else {
      kept.push_back(std::move(text));
    }
  }
  return kept;
}

std::unordered_map<std::string, std::string> trainer_arguments(const SentencePieceTrainOptions& options) {
  std::string ascii;  // always kept as pieces, so that every id and every plain request can be encoded
  for (char letter = '!'; letter <= '~'; ++letter) ascii += letter;
  return {{"model_type", "unigram"},
          {"vocab_size", std::to_string(options.pieces)},
          {"pad_id", std::to_string(kPadToken)},
          {"eos_id", std::to_string(kEndToken)},
          {"unk_id", std::to_string(kUnknownToken)},
          {"bos_id", "-1"},
          {"split_digits", options.split_digits ? "true" : "false"},
          {"hard_vocab_limit", "false"},
          {"required_chars", ascii},
          {"num_threads", "1"},  // sums of floats in one order: the same text gives the same model
          {"shuffle_input_sentence", "false"},
          {"minloglevel", "2"}};
}

std::unique_ptr<SentencePieceEngine> make_engine() {
  const auto make = sentencepiece_library().function<decltype(&p5_sentencepiece_make)>("p5_sentencepiece_make");
  return std::unique_ptr<SentencePieceEngine>(make());
}

}  // namespace

struct SentencePieceTokenizer::Impl {
  std::string bytes;
  std::unique_ptr<SentencePieceEngine> engine;
  std::vector<std::uint8_t> begins_word;  // [pieces]
};

SentencePieceTokenizer::SentencePieceTokenizer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SentencePieceTokenizer::~SentencePieceTokenizer() = default;

std::shared_ptr<const SentencePieceTokenizer> SentencePieceTokenizer::load(const std::filesystem::path& model_file) {
  return from_bytes(read_file(model_file, kMaxModelBytes), model_file.string());
}

std::shared_ptr<const SentencePieceTokenizer> SentencePieceTokenizer::from_bytes(std::string model,
                                                                                 const std::string& where) {
  read_sentencepiece_model(model, where);
  auto impl = std::make_unique<Impl>();
  impl->bytes = std::move(model);
  impl->engine = make_engine();
  const std::string complaint = impl->engine->load(impl->bytes);
  if (!complaint.empty()) throw model_error("SentencePiece refuses the model", {where, "", complaint});
  const int pieces = impl->engine->size();
  impl->begins_word.resize(static_cast<std::size_t>(pieces));
  for (int id = 0; id < pieces; ++id) {
    impl->begins_word[static_cast<std::size_t>(id)] = impl->engine->piece(id).starts_with(kWordMarker);
  }
  return std::shared_ptr<const SentencePieceTokenizer>(new SentencePieceTokenizer(std::move(impl)));
}

std::shared_ptr<const SentencePieceTokenizer> SentencePieceTokenizer::train(
    const std::function<bool(std::string&)>& next_sentence, const SentencePieceTrainOptions& options) {
  if (options.pieces < 128 || options.pieces > 256'000) {
    throw usage_error("vocabulary size out of range",
                      {"tokenizer pieces", "128 to 256000", std::to_string(options.pieces)});
  }
  const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(1, options.max_sentences));
  const SentencePieceTraining training = {trainer_arguments(options), sample_sentences(next_sentence, limit)};
  if (training.sentences.empty()) throw data_error("no text to train a tokenizer on");
  std::string model, complaint;
  const auto fit = sentencepiece_library().function<decltype(&p5_sentencepiece_train)>("p5_sentencepiece_train");
  fit(&training, &model, &complaint);
  if (!complaint.empty()) {
    throw data_error("cannot train a tokenizer on this text",
                     {"", fmt::format("text that {} pieces can encode", options.pieces), complaint});
  }
  return from_bytes(std::move(model), "trained tokenizer");
}

std::size_t SentencePieceTokenizer::size() const { return impl_->begins_word.size(); }

void SentencePieceTokenizer::encode(std::string_view text, std::vector<TokenId>& out) const {
  std::string clean;
  if (text.find_first_of(std::string_view("\n\r\t\0", 4)) != std::string_view::npos) {
    clean = text;
    spaces_for_controls(clean);
    text = clean;
  }
  const std::string complaint = impl_->engine->encode(text, out);
  if (!complaint.empty()) throw usage_error("cannot split the text into pieces", {.got = complaint});
}

std::string SentencePieceTokenizer::decode(const std::vector<TokenId>& tokens) const {
  std::string text;
  const std::string complaint = impl_->engine->decode(tokens, text);
  if (!complaint.empty()) throw usage_error("cannot join the pieces", {.got = complaint});
  return text;
}

bool SentencePieceTokenizer::begins_word(TokenId token) const {
  return token >= 0 && static_cast<std::size_t>(token) < size() && impl_->begins_word[static_cast<std::size_t>(token)];
}

std::string_view SentencePieceTokenizer::piece(TokenId token) const {
  if (token < 0 || static_cast<std::size_t>(token) >= size()) {
    throw usage_error("no such piece", {"", fmt::format("0 to {}", size() - 1), std::to_string(token)});
  }
  return impl_->engine->piece(token);
}

const std::string& SentencePieceTokenizer::model_bytes() const { return impl_->bytes; }

}  // namespace p5
