#include "text/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>

#include "base/digest.h"
#include "base/file.h"
#include "base/json_field.h"
#include "base/utf8.h"
#include "p5/error.h"
#include "text/sentencepiece_tokenizer.h"

namespace p5 {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kVersion = 1;
constexpr std::int32_t kMaxSentinels = 10'000;
constexpr std::size_t kMaxTokens = 100'000'000;
constexpr std::uint64_t kMaxFileBytes = 1ULL << 30;
constexpr const char* kVocabularyFile = "vocabulary.json";

std::vector<std::string> id_tokens_of(const JsonFields& fields) {
  std::vector<std::string> names;
  for (const Json& name : fields.list("id_tokens")) {
    if (!name.is_string()) throw fields.bad("id_tokens", "a list of texts", brief(name));
    names.push_back(name.get<std::string>());
  }
  return names;
}

// The last "user_tokens" names are users'. A file without the field has none, or was written before the field existed:
// then the names from "user_1" on are users'.
std::vector<std::string> take_user_tokens(const Json& document, const JsonFields& fields,
                                          std::vector<std::string>& names) {
  auto first = names.end();
  if (document.contains("user_tokens")) {
    first -= static_cast<std::ptrdiff_t>(fields.number("user_tokens", names.size()));
  } else {
    first = std::find(names.begin(), names.end(), "user_1");
  }
  std::vector<std::string> users(std::make_move_iterator(first), std::make_move_iterator(names.end()));
  names.erase(first, names.end());
  return users;
}

}  // namespace

Vocabulary::Vocabulary(std::shared_ptr<const Tokenizer> tokenizer, std::int32_t sentinels,
                       std::vector<std::string> item_tokens, std::vector<std::string> user_tokens)
    : tokenizer_(std::move(tokenizer)),
      sentinels_(sentinels),
      item_tokens_(static_cast<TokenId>(item_tokens.size())),
      id_tokens_(std::move(item_tokens)) {
  if (sentinels_ < 0 || sentinels_ > kMaxSentinels) {
    throw usage_error("number of sentinels out of range",
                      {"vocabulary", fmt::format("0 to {}", kMaxSentinels), std::to_string(sentinels_)});
  }
  const std::size_t tokens =
      tokenizer_->size() + static_cast<std::size_t>(sentinels_) + id_tokens_.size() + user_tokens.size();
  if (tokens > kMaxTokens) {
    throw usage_error("too many tokens", {"vocabulary", fmt::format("at most {}", kMaxTokens), std::to_string(tokens)});
  }
  std::move(user_tokens.begin(), user_tokens.end(), std::back_inserter(id_tokens_));
  std::unordered_set<std::string_view> seen;
  for (const std::string& name : id_tokens_) {
    if (name.empty() || !is_utf8(name)) throw usage_error("an id token needs a name in UTF-8", {.where = "vocabulary"});
    if (!seen.insert(name).second) throw usage_error("two id tokens share a name", {"vocabulary", "", name});
  }
}

std::optional<TokenId> Vocabulary::id_token(std::string_view name) const {
  const auto found = std::find(id_tokens_.begin(), id_tokens_.end(), name);
  if (found == id_tokens_.end()) return std::nullopt;
  return items().begin + static_cast<TokenId>(found - id_tokens_.begin());
}

bool Vocabulary::begins_word(TokenId token) const {
  if (token == kPadToken || token == kEndToken) return false;
  if (pieces().contains(token)) return tokenizer_->begins_word(token);
  return items().contains(token) || users().contains(token);
}

std::string Vocabulary::decode(std::span<const TokenId> tokens) const {
  const TokenId first_id = items().begin;
  std::string text;
  std::vector<TokenId> run;  // neighboring text pieces, joined together
  const auto append = [&text](bool new_word, const std::string& part) {
    if (new_word && !text.empty() && !part.empty()) text += ' ';
    text += part;
  };
  const auto flush = [&] {
    if (!run.empty()) append(tokenizer_->begins_word(run.front()), tokenizer_->decode(run));
    run.clear();
  };
  for (const TokenId token : tokens) {
    // Models pad their vocabulary: rows from size() on have no text.
    if (token < 0 || token == kPadToken || token == kEndToken || static_cast<std::size_t>(token) >= size()) continue;
    if (pieces().contains(token)) {
      run.push_back(token);
      continue;
    }
    flush();
    // T5 counts its sentinels backwards from the end.
    append(true, token < first_id ? fmt::format("<extra_id_{}>", first_id - 1 - token)
                                  : fmt::format("<{}>", id_tokens_[static_cast<std::size_t>(token - first_id)]));
  }
  flush();
  return text;
}

void Vocabulary::save(const std::filesystem::path& folder) const {
  const auto* pieces = dynamic_cast<const SentencePieceTokenizer*>(tokenizer_.get());
  if (pieces == nullptr) throw usage_error("only a SentencePiece vocabulary can be saved");
  write_file_atomically(pieces_file(folder), pieces->model_bytes());
  Json document = {{"version", kVersion},
                   {"sentinels", sentinels_},
                   {"id_tokens", id_tokens_},
                   {"spiece_sha256", sha256_hex(pieces->model_bytes())}};
  if (users().size() > 0) document["user_tokens"] = users().size();
  write_file_atomically(folder / kVocabularyFile, document.dump(1) + "\n");
}

Vocabulary Vocabulary::load(const std::filesystem::path& folder) {
  const std::string where = (folder / kVocabularyFile).string();
  const Json document = read_json(folder / kVocabularyFile, kMaxFileBytes, ErrorSubject::kModel);
  const JsonFields fields(document, where, ErrorSubject::kModel);
  fields.require_version(kVersion);
  const auto sentinels = static_cast<std::int32_t>(fields.number("sentinels", kMaxSentinels));
  const auto tokenizer = SentencePieceTokenizer::load(pieces_file(folder));
  const auto digest = sha256_hex(tokenizer->model_bytes());
  const std::string& expected = fields.text("spiece_sha256");
  if (digest != expected) {
    throw model_error("the tokenizer is not the one the vocabulary was made for",
                      {(pieces_file(folder)).string(), "SHA-256 " + expected, digest});
  }
  try {
    std::vector<std::string> items = id_tokens_of(fields);
    std::vector<std::string> users = take_user_tokens(document, fields, items);
    return Vocabulary(tokenizer, sentinels, std::move(items), std::move(users));
  } catch (const Error& error) {
    if (error.subject() == ErrorSubject::kModel) throw;
    throw model_error(error.what(), {.where = where});
  }
}

}  // namespace p5
