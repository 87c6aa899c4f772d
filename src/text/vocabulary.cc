#include "text/vocabulary.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>

#include "base/digest.h"
#include "base/file.h"
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
constexpr const char* kModelFile = "spiece.model";
constexpr const char* kVocabularyFile = "vocabulary.json";

const Json& field_of(const Json& document, const std::string& where, const char* name, Json::value_t type) {
  const auto found = document.is_object() ? document.find(name) : document.end();
  if (found == document.end()) throw model_error("a field is missing", {where, name, ""});
  // Whole numbers come as signed or unsigned, by their sign alone.
  const bool fits = type == Json::value_t::number_integer ? found->is_number_integer() : found->type() == type;
  if (!fits) {
    throw model_error("a field has the wrong type",
                      {fmt::format("{}: {}", where, name), Json(type).type_name(), found->type_name()});
  }
  return *found;
}

std::int64_t integer_of(const Json& document, const std::string& where, const char* name, std::int64_t maximum) {
  const Json& value = field_of(document, where, name, Json::value_t::number_integer);
  const bool huge = value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(maximum);
  const std::int64_t number = huge ? -1 : value.get<std::int64_t>();
  if (number < 0 || number > maximum) {
    throw model_error("a field is out of range",
                      {fmt::format("{}: {}", where, name), fmt::format("0 to {}", maximum), value.dump()});
  }
  return number;
}

std::vector<std::string> id_tokens_of(const Json& document, const std::string& where) {
  std::vector<std::string> names;
  for (const Json& name : field_of(document, where, "id_tokens", Json::value_t::array)) {
    if (!name.is_string()) throw model_error("an id token is no text", {where + ": id_tokens", "string", name.dump()});
    names.push_back(name.get<std::string>());
  }
  return names;
}

}  // namespace

Vocabulary::Vocabulary(std::shared_ptr<const Tokenizer> tokenizer, std::int32_t sentinels,
                       std::vector<std::string> id_tokens)
    : tokenizer_(std::move(tokenizer)), sentinels_(sentinels), id_tokens_(std::move(id_tokens)) {
  if (sentinels_ < 0 || sentinels_ > kMaxSentinels) {
    throw usage_error("number of sentinels out of range",
                      {"vocabulary", fmt::format("0 to {}", kMaxSentinels), std::to_string(sentinels_)});
  }
  if (size() > kMaxTokens) {
    throw usage_error("too many tokens", {"vocabulary", fmt::format("at most {}", kMaxTokens), std::to_string(size())});
  }
  std::unordered_set<std::string_view> seen;
  for (const std::string& name : id_tokens_) {
    if (name.empty() || !is_utf8(name)) throw usage_error("an id token needs a name in UTF-8", {"vocabulary", "", ""});
    if (!seen.insert(name).second) throw usage_error("two id tokens share a name", {"vocabulary", "", name});
  }
}

std::size_t Vocabulary::size() const { return static_cast<std::size_t>(first_id_token()) + id_tokens_.size(); }

TokenId Vocabulary::first_id_token() const { return static_cast<TokenId>(tokenizer_->size()) + sentinels_; }

bool Vocabulary::begins_word(TokenId token) const {
  if (token == kPadToken || token == kEndToken) return false;
  if (token >= first_id_token()) return static_cast<std::size_t>(token) < size();
  return token >= 0 && static_cast<std::size_t>(token) < tokenizer_->size() && tokenizer_->begins_word(token);
}

std::string Vocabulary::decode(std::span<const TokenId> tokens) const {
  const auto pieces = static_cast<TokenId>(tokenizer_->size());
  std::string text;
  std::vector<TokenId> run;  // neighbouring text pieces, joined together
  const auto append = [&text](bool new_word, const std::string& part) {
    if (new_word && !text.empty() && !part.empty()) text += ' ';
    text += part;
  };
  const auto flush = [&] {
    if (!run.empty()) append(tokenizer_->begins_word(run.front()), tokenizer_->decode(run));
    run.clear();
  };
  for (const TokenId token : tokens) {
    // Models pad their vocabulary: rows above size() have no text.
    if (token < 0 || token == kPadToken || token == kEndToken || static_cast<std::size_t>(token) >= size()) continue;
    if (token < pieces) {
      run.push_back(token);
      continue;
    }
    flush();
    // T5 counts its sentinels backwards from the end.
    append(true, token < first_id_token()
                     ? fmt::format("<extra_id_{}>", first_id_token() - 1 - token)
                     : fmt::format("<{}>", id_tokens_[static_cast<std::size_t>(token - first_id_token())]));
  }
  flush();
  return text;
}

void Vocabulary::save(const std::filesystem::path& folder) const {
  const auto* pieces = dynamic_cast<const SentencePieceTokenizer*>(tokenizer_.get());
  if (pieces == nullptr) throw usage_error("only a SentencePiece vocabulary can be saved");
  write_file_atomically(folder / kModelFile, pieces->model_bytes());
  const Json document = {{"version", kVersion},
                         {"sentinels", sentinels_},
                         {"id_tokens", id_tokens_},
                         {"spiece_sha256", sha256_hex(pieces->model_bytes())}};
  write_file_atomically(folder / kVocabularyFile, document.dump(1) + "\n");
}

Vocabulary Vocabulary::load(const std::filesystem::path& folder) {
  const std::string where = (folder / kVocabularyFile).string();
  const Json document = Json::parse(read_file(folder / kVocabularyFile, kMaxFileBytes), nullptr, false);
  if (document.is_discarded()) throw model_error("not valid JSON", {where, "", ""});
  const std::int64_t version = integer_of(document, where, "version", std::int64_t{1} << 31);
  if (version != kVersion) {
    throw Error(ErrorCode::kUnsupported, ErrorSubject::kModel, "unknown version",
                {where, std::to_string(kVersion), std::to_string(version)});
  }
  const auto sentinels = static_cast<std::int32_t>(integer_of(document, where, "sentinels", kMaxSentinels));
  const auto tokenizer = SentencePieceTokenizer::load(folder / kModelFile);
  const auto digest = sha256_hex(tokenizer->model_bytes());
  const auto& expected =
      field_of(document, where, "spiece_sha256", Json::value_t::string).get_ref<const std::string&>();
  if (digest != expected) {
    throw model_error("the tokenizer is not the one the vocabulary was made for",
                      {(folder / kModelFile).string(), "SHA-256 " + expected, digest});
  }
  try {
    return Vocabulary(tokenizer, sentinels, id_tokens_of(document, where));
  } catch (const Error& error) {
    if (error.subject() == ErrorSubject::kModel) throw;
    throw model_error(error.what(), {where, "", ""});
  }
}

}  // namespace p5
