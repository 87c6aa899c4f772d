#include "explain/explanation_miner.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "explain/sentence_splitter.h"
#include "explain/tagged_sentence.h"

namespace p5 {
namespace {

constexpr double kMinScore = 1.9;  // a sentence below it is not an explanation

// Single blanks, and no label at the front ("Pros: light" gives "light").
std::string tidy(std::string_view sentence) {
  const std::size_t colon = sentence.find_first_of(" :");
  if (colon != std::string_view::npos && sentence[colon] == ':' && colon + 1 < sentence.size()) {
    sentence.remove_prefix(colon + 1);
  }
  std::string text;
  for (const char c : sentence) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
    if (!blank) text += c;
    if (blank && !text.empty() && text.back() != ' ') text += ' ';
  }
  if (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

// What a word subtracts from the score of its sentence: conditions and wishes describe what is not the case, and first
// persons tell a story.
double cost_of(const std::string& word) {
  for (const auto* hedge : {"if", "would", "could", "wish", "should", "unless", "hoping", "hope"}) {
    if (word == hedge) return 0.6;
  }
  for (const auto* story : {"i", "my", "me", "i've", "i'm", "while", "although", "compared", "than"}) {
    if (word == story) return 0.25;
  }
  return 0;
}

// Sentences that readers would not accept as a reason score lower than those that they would.
double plainness(const TaggedSentence& sentence, std::string_view text) {
  double score = 0;
  if (text.back() == '?') score -= 2;
  if (text.back() != '.' && text.back() != '!') score -= 0.3;
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (!is_capital(text.front())) score -= 0.3;
  if (2 * std::count_if(text.begin(), text.end(), is_capital) > static_cast<std::ptrdiff_t>(text.size())) score -= 1;
  if (text.find_first_of("0123456789$:;(\"&/") != std::string_view::npos) score -= 0.4;
  for (const TaggedWord& word : sentence) score -= cost_of(word.text);
  const double words = static_cast<double>(sentence.size());
  return score - 0.06 * std::max(0.0, words - 14) - 0.15 * std::max(0.0, 6 - words);
}

}  // namespace

struct ExplanationMiner::Candidate {
  double score = kMinScore;
  std::string feature, sentence, opinion;
};

ExplanationMiner::ExplanationMiner(const Split& reviews, Lexicon lexicon, const ExplainOptions& options)
    : lexicon_(std::move(lexicon)),
      options_(options),
      features_(FeatureVocabulary::learn(reviews, lexicon_, options_)) {}

void ExplanationMiner::look(std::string_view sentence, Candidate& best) const {
  const std::string text = tidy(sentence);
  const TaggedSentence tagged = tag_sentence(text, lexicon_);
  const auto words = static_cast<std::int64_t>(tagged.size());
  if (words < options_.min_words || words > options_.max_words) return;
  const double plain = plainness(tagged, text);
  for (std::size_t at = 0; at < tagged.size(); ++at) {
    const auto match = features_.match(tagged, at);
    if (match.feature == nullptr) continue;
    at = match.phrase.end() - 1;
    const Surroundings around = look_around(tagged, match.phrase);
    const bool doubtful = tagged[at].is(Lexicon::kCopula) && !around.noun;  // "they sound great"
    if (around.verb || !around.head || doubtful) continue;
    const auto judgement = find_judgement(tagged, match.phrase);
    if (!judgement) continue;
    const double score =
        judgement->strength + std::min(match.feature->contrast, 3.0) / 2 + plain - (around.product ? 1 : 0);
    if (score > best.score) {
      best = {
          .score = score, .feature = match.feature->text, .sentence = text, .opinion = tagged[judgement->word].text};
    }
  }
}

std::optional<Explanation> ExplanationMiner::explain(std::string_view review) const {
  Candidate best;
  for (const std::string_view sentence : split_sentences(review, lexicon_)) look(sentence, best);
  if (best.sentence.empty()) return std::nullopt;
  return Explanation{.interaction = 0,
                     .feature = std::move(best.feature),
                     .sentence = std::move(best.sentence),
                     .opinion = std::move(best.opinion)};
}

std::vector<Explanation> ExplanationMiner::mine(const Corpus& corpus) const {
  std::vector<Explanation> mined;
  for (std::size_t i = 0; i < corpus.interaction_count(); ++i) {
    auto explanation = explain(corpus.review(i));
    if (!explanation) continue;
    explanation->interaction = i;
    mined.push_back(std::move(*explanation));
  }
  return mined;
}

}  // namespace p5
