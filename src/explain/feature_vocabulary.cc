#include "explain/feature_vocabulary.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "explain/sentence_splitter.h"

namespace p5 {
namespace {

constexpr std::size_t kMinItems = 3, kMinJudged = 3;
constexpr double kMinNounShare = 0.7;     // of the occurrences in the position of a noun or of a verb
constexpr double kMinNounRate = 0.25;     // of all occurrences
constexpr double kMinHeadShare = 0.5;     // ends its phrase
constexpr double kMaxProductShare = 0.5;  // of noun occurrences after "this", "my", "a"
constexpr double kMinKeptTogether = 0.3;  // normalised pointwise mutual information of a pair
constexpr double kMaxOneJudge = 0.7;  // of the judgements by one word: "heavy duty" and "true bypass" are set phrases
constexpr double kJudged = 2;         // strength from which a judgement counts
constexpr std::uint32_t kNone = static_cast<std::uint32_t>(-1);

struct Counts {
  std::size_t all = 0, reviews = 0, noun = 0, verb = 0, product = 0, head = 0, judged = 0;
  std::uint32_t last_review = kNone;
  std::vector<ItemId> first_items;  // at most kMinItems
  std::map<std::string, std::size_t> judges;

  void add(const TaggedSentence& sentence, Phrase phrase, std::uint32_t review, ItemId item) {
    const Surroundings around = look_around(sentence, phrase);
    ++all;
    noun += around.noun;
    verb += around.verb;
    product += around.product;
    head += around.head;
    const auto judgement = find_judgement(sentence, phrase);
    if (judgement && judgement->strength >= kJudged) {
      ++judged;
      ++judges[sentence[judgement->word].text];
    }
    if (last_review != review) ++reviews;
    last_review = review;
    if (first_items.size() < kMinItems && std::find(first_items.begin(), first_items.end(), item) == first_items.end())
      first_items.push_back(item);
  }

  std::size_t max_by_one_judge() const {
    std::size_t most = 0;
    for (const auto& [judge, count] : judges) most = std::max(most, count);
    return most;
  }

  bool stands_like_a_feature(std::size_t min_reviews) const {
    const auto share = [](std::size_t part, std::size_t whole) {
      return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
    };
    return reviews >= min_reviews && first_items.size() >= kMinItems && judged >= kMinJudged &&
           share(noun, noun + verb) >= kMinNounShare && share(noun, all) >= kMinNounRate &&
           share(head, all) >= kMinHeadShare && share(product, noun) <= kMaxProductShare &&
           share(max_by_one_judge(), judged) <= kMaxOneJudge;
  }
};

using CountTable = std::unordered_map<std::string, Counts>;

std::string text_of(const TaggedSentence& sentence, Phrase phrase) {
  std::string text = sentence[phrase.begin].text;
  for (std::size_t at = phrase.begin + 1; at < phrase.end(); ++at) text += ' ' + sentence[at].text;
  return text;
}

// Calls `visit` for every sentence of the training part.
template <typename Visit>
void for_each_sentence(const Split& reviews, const Lexicon& lexicon, Visit visit) {
  const Corpus& corpus = reviews.corpus();
  for (const std::size_t i : reviews.positions(Part::kTrain)) {
    for (const std::string_view sentence : split_sentences(corpus.review(i), lexicon)) {
      visit(tag_sentence(sentence, lexicon), static_cast<std::uint32_t>(i), corpus.items()[i]);
    }
  }
}

CountTable count_words(const Split& reviews, const Lexicon& lexicon) {
  CountTable words;
  for_each_sentence(reviews, lexicon, [&](const TaggedSentence& sentence, std::uint32_t review, ItemId item) {
    for (std::size_t at = 0; at < sentence.size(); ++at) {
      const Phrase phrase{at, 1};
      if (can_be_feature(sentence, phrase)) words[sentence[at].text].add(sentence, phrase, review, item);
    }
  });
  return words;
}

// Only pairs of frequent words are counted, so that the table stays small.
CountTable count_pairs(const Split& reviews, const Lexicon& lexicon, const CountTable& words, std::size_t min_reviews) {
  const auto frequent = [&](const TaggedWord& word) {
    const auto found = words.find(word.text);
    return found != words.end() && found->second.reviews >= min_reviews;
  };
  CountTable pairs;
  for_each_sentence(reviews, lexicon, [&](const TaggedSentence& sentence, std::uint32_t review, ItemId item) {
    for (std::size_t at = 0; at + 1 < sentence.size(); ++at) {
      const Phrase phrase{at, 2};
      if (!can_be_feature(sentence, phrase) || !frequent(sentence[at]) || !frequent(sentence[at + 1])) continue;
      pairs[text_of(sentence, phrase)].add(sentence, phrase, review, item);
    }
  });
  return pairs;
}

struct Totals {
  double words = 0, judged = 0;
};

Totals total_of(const CountTable& words) {
  Totals totals;
  for (const auto& [text, counts] : words) {
    totals.words += static_cast<double>(counts.all);
    totals.judged += static_cast<double>(counts.judged);
  }
  return totals;
}

// log2 of the rate at which it is judged over the rate of all words of the domain. One occurrence at the domain's rate
// is added to each, so that rare words do not stand out by chance.
double contrast_of(const Counts& counts, const Totals& totals) {
  const double rate = totals.judged / totals.words;
  return std::log2((static_cast<double>(counts.judged) + rate) / (static_cast<double>(counts.all) + 1) / rate);
}

double kept_together(const std::string& pair, const Counts& counts, const CountTable& words, const Totals& totals) {
  const std::size_t blank = pair.find(' ');
  const auto share = [&](std::size_t count) { return static_cast<double>(count) / totals.words; };
  const double both = share(counts.all), first = share(words.at(pair.substr(0, blank)).all),
               second = share(words.at(pair.substr(blank + 1)).all);
  return std::log(both / (first * second)) / -std::log(both);
}

}  // namespace

FeatureVocabulary FeatureVocabulary::learn(const Split& reviews, const Lexicon& lexicon,
                                           const ExplainOptions& options) {
  const auto min_reviews = static_cast<std::size_t>(options.min_reviews);
  const CountTable words = count_words(reviews, lexicon);
  const CountTable pairs = count_pairs(reviews, lexicon, words, min_reviews);
  const Totals totals = total_of(words);
  std::vector<Feature> features;
  const auto take = [&](const std::string& text, const Counts& counts) {
    const double contrast = contrast_of(counts, totals);
    if (contrast > 0) {
      features.push_back({.text = text, .reviews = counts.reviews, .judged = counts.judged, .contrast = contrast});
    }
  };
  for (const auto& [text, counts] : words) {
    if (counts.stands_like_a_feature(min_reviews)) take(text, counts);
  }
  for (const auto& [text, counts] : pairs) {
    const bool fits = counts.stands_like_a_feature(min_reviews);
    if (fits && kept_together(text, counts, words, totals) >= kMinKeptTogether) take(text, counts);
  }
  std::sort(features.begin(), features.end(), [](const Feature& a, const Feature& b) {
    return a.reviews != b.reviews ? a.reviews > b.reviews : a.text < b.text;
  });
  return FeatureVocabulary(std::move(features));
}

FeatureVocabulary::FeatureVocabulary(std::vector<Feature> features) : features_(std::move(features)) {
  for (std::size_t i = 0; i < features_.size(); ++i) places_.emplace(features_[i].text, i);
}

const Feature* FeatureVocabulary::find(std::string_view text) const {
  const auto found = places_.find(std::string(text));
  return found == places_.end() ? nullptr : &features_[found->second];
}

FeatureVocabulary::Match FeatureVocabulary::match(const TaggedSentence& sentence, std::size_t begin) const {
  for (const std::size_t count : {2, 1}) {
    const Phrase phrase{begin, count};
    if (phrase.end() > sentence.size() || !can_be_feature(sentence, phrase)) continue;
    if (const Feature* feature = find(text_of(sentence, phrase))) return {feature, phrase};
  }
  return {};
}

}  // namespace p5
