#include "explain/tagged_sentence.h"

#include <algorithm>

#include "text/plain_words.h"

namespace p5 {
namespace {

constexpr std::size_t kMaxAdverbs = 4;  // between a copula and its judgement: "is not quite as"
constexpr std::size_t kWindow = 4;      // most words between a phrase and a judgement that may refer to it

bool is_word(const std::string& text) {
  const bool digits = std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return text.size() >= 3 && !digits && text.find('\'') == std::string::npos;
}

// "great sound", "great clear sound", "great and clear sound"; one ordinary word may be in between.
std::optional<Judgement> judged_before(const TaggedSentence& sentence, std::size_t begin) {
  if (begin == 0 || sentence[begin].apart) return std::nullopt;
  if (sentence[begin - 1].is(Lexicon::kJudgingAdjective)) return Judgement{3, begin - 1};
  const bool ordinary = sentence[begin - 1].roles == 0 && !sentence[begin - 1].apart;
  if (begin < 2 || !ordinary || !sentence[begin - 2].is(Lexicon::kJudgingAdjective)) return std::nullopt;
  return Judgement{2, begin - 2};
}

// "sound is really great", "sounds aren't quite right".
std::optional<Judgement> judged_behind(const TaggedSentence& sentence, std::size_t end) {
  const auto joined = [&](std::size_t at) { return at < sentence.size() && !sentence[at].apart; };
  if (!joined(end) || !sentence[end].is(Lexicon::kCopula)) {
    const bool acts = joined(end) && (sentence[end].roles & ~Lexicon::kCopula) == 0;
    if (!acts || !joined(end + 1) || !sentence[end + 1].is(Lexicon::kOpinion)) return std::nullopt;
    return Judgement{1.5, end + 1};
  }
  for (std::size_t at = end + 1; joined(at) && at <= end + 1 + kMaxAdverbs; ++at) {
    if (sentence[at].is(Lexicon::kOpinion)) return Judgement{3, at};
    if (!sentence[at].is(Lexicon::kAdverb)) break;
  }
  return std::nullopt;
}

// "I love the sound", but not "sounds like the ...".
std::optional<Judgement> judged_by_verb(const TaggedSentence& sentence, std::size_t begin) {
  bool determined = false;
  for (std::size_t back = 1; back <= 3 && back <= begin; ++back) {
    if (sentence[begin - back + 1].apart) return std::nullopt;
    const TaggedWord& word = sentence[begin - back];
    determined |= word.is(Lexicon::kDeterminer);
    if (!word.is(Lexicon::kOpinionVerb)) continue;
    const bool verb = begin - back == 0 || (sentence[begin - back - 1].is(Lexicon::kVerbSign | Lexicon::kAdverb) &&
                                            !sentence[begin - back - 1].is(Lexicon::kCopula));
    if (determined && verb) return Judgement{2.5, begin - back};
  }
  return std::nullopt;
}

std::optional<Judgement> judged_near(const TaggedSentence& sentence, Phrase phrase) {
  for (std::size_t distance = 1; distance <= kWindow; ++distance) {
    const std::size_t behind = phrase.end() - 1 + distance;
    bool joined = behind < sentence.size();
    for (std::size_t at = phrase.end(); joined && at <= behind; ++at) joined = !sentence[at].apart;
    if (joined && sentence[behind].is(Lexicon::kOpinion)) return Judgement{1, behind};
    if (distance > phrase.begin) continue;
    const std::size_t before = phrase.begin - distance;
    joined = true;
    for (std::size_t at = before + 1; joined && at <= phrase.begin; ++at) joined = !sentence[at].apart;
    if (joined && sentence[before].is(Lexicon::kOpinion)) return Judgement{1, before};
  }
  return std::nullopt;
}

}  // namespace

TaggedSentence tag_sentence(std::string_view sentence, const Lexicon& lexicon) {
  TaggedSentence tagged;
  std::size_t last = 0;
  for (PlainWord& word : scan_plain_words(sentence)) {
    const std::string_view between = sentence.substr(last, word.begin - last);
    const bool apart = between.find_first_not_of(" \t\r\n") != std::string_view::npos;
    last = word.end;
    const auto roles = lexicon.roles(word.text);
    tagged.push_back({.text = std::move(word.text), .roles = roles, .apart = apart});
  }
  return tagged;
}

bool can_be_feature(const TaggedSentence& sentence, Phrase phrase) {
  for (std::size_t at = phrase.begin; at < phrase.end(); ++at) {
    const TaggedWord& word = sentence[at];
    // Copulas may be nouns: "the sound is", "the feel of".
    if ((word.roles & ~Lexicon::kCopula) != 0 || !is_word(word.text)) return false;
    if (at > phrase.begin && word.apart) return false;
  }
  return true;
}

Surroundings look_around(const TaggedSentence& sentence, Phrase phrase) {
  Surroundings found;
  const std::size_t end = phrase.end();
  found.head = end == sentence.size() || sentence[end].apart || sentence[end].roles != 0;
  if (phrase.begin == 0 || sentence[phrase.begin].apart) return found;
  const TaggedWord& before = sentence[phrase.begin - 1];
  found.noun = before.is(Lexicon::kDeterminer | Lexicon::kJudgingAdjective);
  found.verb = !found.noun && before.is(Lexicon::kVerbSign);
  for (std::size_t at = phrase.begin; at > 0 && !sentence[at].apart; --at) {
    const TaggedWord& word = sentence[at - 1];
    found.product = word.is(Lexicon::kProductSign);
    if (found.product || !word.is(Lexicon::kOpinion | Lexicon::kAdverb)) break;
  }
  return found;
}

std::optional<Judgement> find_judgement(const TaggedSentence& sentence, Phrase phrase) {
  std::optional<Judgement> best;
  for (const auto& found : {judged_before(sentence, phrase.begin), judged_behind(sentence, phrase.end()),
                            judged_by_verb(sentence, phrase.begin), judged_near(sentence, phrase)}) {
    if (found && (!best || found->strength > best->strength)) best = found;
  }
  return best;
}

}  // namespace p5
