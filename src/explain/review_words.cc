#include "explain/review_words.h"

#include <cmath>
#include <map>
#include <string>

#include "explain/tagged_sentence.h"

namespace p5 {
namespace {

struct Judged {
  double praise = 0, blame = 0;
};

Judged judgements_of(const TaggedSentence& words) {
  constexpr int kReach = 4;  // words after a negation that it turns
  Judged judged;
  int turned = 0;
  for (const TaggedWord& word : words) {
    if (word.apart) turned = 0;
    const bool praise = word.is(Lexicon::kPositive), blame = word.is(Lexicon::kNegative);
    if (praise) (turned > 0 ? judged.blame : judged.praise) += 1;
    if (blame) (turned > 0 ? judged.praise : judged.blame) += 1;
    turned = word.is(Lexicon::kNegation) ? kReach : turned - 1;
  }
  return judged;
}

}  // namespace

WeightedWords review_words(std::string_view text, const Lexicon& lexicon, const ReviewWordsOptions& options) {
  const TaggedSentence words = tag_sentence(text, lexicon);
  std::map<std::string, float> weights;
  for (std::size_t i = 0; i < words.size(); ++i) {
    weights[words[i].text] = 1;
    if (options.pairs && i > 0 && !words[i].apart) weights[words[i - 1].text + " " + words[i].text] = 1;
  }
  const float scale = options.unit && !weights.empty() ? 1 / std::sqrt(static_cast<float>(weights.size())) : 1.0f;
  WeightedWords found;
  if (options.judgements && !words.empty()) {
    constexpr double kPrior = 5;  // words that a text has beside its own, so that a short one does not shout
    const Judged judged = judgements_of(words);
    const double length = std::sqrt(static_cast<double>(words.size()) + kPrior);
    found.push_back({"<blame>", static_cast<float>(judged.blame / length)});
    found.push_back({"<praise>", static_cast<float>(judged.praise / length)});
  }
  for (const auto& [word, weight] : weights) found.push_back({word, weight * scale});
  return found;
}

}  // namespace p5
