// The roles of a language's words in a sentence, as far as needed to find features and judgements: short lists instead
// of a tagger. Immutable; thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>

namespace p5 {

class Lexicon {
 public:
  // A word may have several roles; data/lexicon_english.toml explains each.
  enum Role : std::uint16_t {
    kPositive = 1 << 0,
    kNegative = 1 << 1,
    kOpinionVerb = 1 << 2,
    kCopula = 1 << 3,
    kAdverb = 1 << 4,
    kDeterminer = 1 << 5,
    kProductSign = 1 << 6,
    kVerbSign = 1 << 7,
    kStop = 1 << 8,
    kAbbreviation = 1 << 9,
    kOpinionAdverb = 1 << 10,
    kNegation = 1 << 11,
  };
  using Roles = std::uint16_t;
  static constexpr Roles kJudgingAdjective = kPositive | kNegative;
  static constexpr Roles kOpinion = kJudgingAdjective | kOpinionAdverb;

  // A TOML file with one text of words per role. Throws NotFound (request) for a missing file and Corrupted (data) for
  // keys that are not roles, values that are not texts, and a list without judgements.
  static Lexicon load(const std::filesystem::path& path);
  static Lexicon parse(std::string_view toml, const std::string& origin);
  static Lexicon english();  // the one that comes with p5

  // 0 for an ordinary word. `word` as scan_plain_words() gives it.
  Roles roles(std::string_view word) const;

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, Roles, Hash, std::equal_to<>> roles_;
};

}  // namespace p5
