#include "export/fast_tokenizer.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/base64.h"

namespace p5 {
namespace {

using OrderedJson = nlohmann::ordered_json;
constexpr const char* kWordMarker = "\xE2\x96\x81";  // U+2581, which stands for a blank

OrderedJson added_token(TokenId id, std::string content, bool special) {
  return {{"id", id},        {"content", std::move(content)}, {"single_word", false}, {"lstrip", false},
          {"rstrip", false}, {"normalized", false},           {"special", special}};
}

// In the order of their numbers, since the library numbers added tokens as they come.
OrderedJson added_tokens(const SentencePieceModel& pieces, const Vocabulary& vocabulary) {
  OrderedJson tokens = OrderedJson::array();
  for (TokenId token = 0; token <= kUnknownToken; ++token) {
    tokens.push_back(added_token(token, pieces.pieces[static_cast<std::size_t>(token)].text, true));
  }
  const TokenRange sentinels = vocabulary.sentinels();
  for (TokenId token = sentinels.begin; token < sentinels.end; ++token) {
    tokens.push_back(added_token(token, sentinel_name(vocabulary, token), true));
  }
  TokenId token = vocabulary.items().begin;
  for (const std::string& name : vocabulary.id_tokens()) {
    tokens.push_back(added_token(token++, "<" + name + ">", false));
  }
  return tokens;
}

// What SentencePiece does to a text before it looks for pieces: the table, no blanks at the ends, one between words.
OrderedJson normalizer(const SentencePieceModel& pieces) {
  OrderedJson steps = OrderedJson::array();
  if (!pieces.charsmap.empty()) {
    steps.push_back({{"type", "Precompiled"}, {"precompiled_charsmap", encode_base64(pieces.charsmap)}});
  }
  steps.push_back({{"type", "Strip"}, {"strip_left", true}, {"strip_right", true}});
  steps.push_back({{"type", "Replace"}, {"pattern", {{"Regex", " {2,}"}}}, {"content", " "}});
  return {{"type", "Sequence"}, {"normalizers", std::move(steps)}};
}

// T5 ends each text.
OrderedJson ending(const std::string& end) {
  const auto text = [](const char* id) { return OrderedJson{{"Sequence", {{"id", id}, {"type_id", 0}}}}; };
  const OrderedJson special = {{"SpecialToken", {{"id", end}, {"type_id", 0}}}};
  OrderedJson known = OrderedJson::object();
  known[end] = {{"id", end}, {"ids", {kEndToken}}, {"tokens", {end}}};
  return {{"type", "TemplateProcessing"},
          {"single", {text("A"), special}},
          {"pair", {text("A"), special, text("B"), special}},
          {"special_tokens", std::move(known)}};
}

}  // namespace

std::string sentinel_name(const Vocabulary& vocabulary, TokenId token) {
  return fmt::format("<extra_id_{}>", vocabulary.sentinels().end - 1 - token);
}

std::string no_fast_tokenizer(const SentencePieceModel& pieces) {
  if (!pieces.adds_dummy_prefix) return "its texts begin without a blank";
  if (!pieces.removes_extra_blanks) return "it keeps blanks in a row";
  for (const auto& piece : pieces.pieces) {
    if (!piece.plain) return fmt::format("the piece '{}' is a byte, unused, or defined by a user", piece.text);
  }
  return "";
}

nlohmann::ordered_json fast_tokenizer(const SentencePieceModel& pieces, const Vocabulary& vocabulary) {
  OrderedJson scores = OrderedJson::array();
  for (const auto& piece : pieces.pieces) scores.push_back({piece.text, piece.score});
  const OrderedJson blanks = {
      {"type", "Metaspace"}, {"replacement", kWordMarker}, {"prepend_scheme", "always"}, {"split", true}};
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", added_tokens(pieces, vocabulary)},
          {"normalizer", normalizer(pieces)},
          {"pre_tokenizer", blanks},
          {"post_processor", ending(pieces.pieces[kEndToken].text)},
          {"decoder", blanks},
          {"model",
           {{"type", "Unigram"}, {"unk_id", kUnknownToken}, {"vocab", std::move(scores)}, {"byte_fallback", false}}}};
}

}  // namespace p5
