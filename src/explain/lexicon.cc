#include "explain/lexicon.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/did_you_mean.h"
#include "base/file.h"
#include "base/resource.h"
#include "base/toml_text.h"
#include "p5/error.h"
#include "text/plain_words.h"

namespace p5 {
namespace {

constexpr std::uint64_t kFileLimit = 16 << 20;

const std::vector<std::pair<std::string, Lexicon::Role>>& role_names() {
  static const std::vector<std::pair<std::string, Lexicon::Role>> names = {
      {"positive", Lexicon::kPositive},
      {"negative", Lexicon::kNegative},
      {"opinion_verbs", Lexicon::kOpinionVerb},
      {"copulas", Lexicon::kCopula},
      {"adverbs", Lexicon::kAdverb},
      {"determiners", Lexicon::kDeterminer},
      {"product_signs", Lexicon::kProductSign},
      {"verb_signs", Lexicon::kVerbSign},
      {"stop", Lexicon::kStop},
      {"abbreviations", Lexicon::kAbbreviation},
      {"opinion_adverbs", Lexicon::kOpinionAdverb},
      {"negations", Lexicon::kNegation},
  };
  return names;
}

Lexicon::Role role_of(std::string_view key, const std::string& where) {
  std::vector<std::string> known;
  for (const auto& [name, role] : role_names()) {
    if (name == key) return role;
    known.push_back(name);
  }
  throw data_error(fmt::format("unknown list '{}'{}", key, one_of(key, known)), {.where = where});
}

// A word of a list, without blanks; "e.g" is two plain words but one abbreviation.
std::vector<std::string> words_of_list(std::string_view text) {
  std::vector<std::string> words;
  for (const PlainWord& word : scan_plain_words(text)) {
    const bool continues = word.begin > 0 && text[word.begin - 1] == '.' && !words.empty();
    if (continues) {
      words.back() += "." + word.text;
    } else {
      words.push_back(word.text);
    }
  }
  return words;
}

}  // namespace

Lexicon Lexicon::load(const std::filesystem::path& path) {
  if (!file_exists(path)) {
    throw not_found_error("no such lexicon", {.where = path.string()});
  }
  return parse(read_file(path, kFileLimit), path.string());
}

Lexicon Lexicon::english() { return load(resource_path("data") / "lexicon_english.toml"); }

Lexicon Lexicon::parse(std::string_view toml, const std::string& origin) {
  const toml::table root = parse_toml(toml, origin, ErrorSubject::kData);
  Lexicon lexicon;
  Roles all = 0;
  for (const auto& [key, node] : root) {
    const std::string where = fmt::format("{}:{}", origin, key.source().begin.line);
    const Role role = role_of(key.str(), where);
    const auto text = node.value<std::string>();
    if (!node.is_string() || !text) {
      throw data_error(fmt::format("bad value of '{}'", key.str()), {.where = where, .expected = "a text of words"});
    }
    for (const std::string& word : words_of_list(*text)) {
      lexicon.roles_[word] |= role;
      all |= role;
    }
  }
  if ((all & kOpinion) == 0) {
    throw data_error("a lexicon without judgements",
                     {.where = origin, .expected = "words in 'positive' or 'negative'"});
  }
  return lexicon;
}

Lexicon::Roles Lexicon::roles(std::string_view word) const {
  const auto found = roles_.find(word);
  return found == roles_.end() ? Roles{0} : found->second;
}

}  // namespace p5
