// The features that reviews of a domain judge: "sound", "battery life". Learnt by counting, without a tagger.
// Immutable; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "corpus/split.h"
#include "explain/explain_options.h"
#include "explain/lexicon.h"
#include "explain/tagged_sentence.h"

namespace p5 {

struct Feature {
  std::string text;         // one or two plain words
  std::size_t reviews = 0;  // reviews of the training part that contain it
  std::size_t judged = 0;   // occurrences with a judgement nearby
  double contrast = 0;      // how much more often it is judged than words of the domain, log2
};

class FeatureVocabulary {
 public:
  // Counts only over the training part of `reviews`: validation and test must not decide what the features are.
  // A word or a pair of words is a feature when, in training,
  // - options.min_reviews reviews of three items contain it;
  // - it is used like a noun: mostly after determiners and judgements, seldom after words that verbs follow, and
  //   mostly at the end of its phrase;
  // - it is not the product itself ("this pedal", "my guitar");
  // - it is judged at least three times, and more often than words of the domain (the contrast);
  // - the words of a pair keep together: normalised pointwise mutual information (Bouma 2009) of 0.3 or more.
  static FeatureVocabulary learn(const Split& reviews, const Lexicon& lexicon, const ExplainOptions& options);

  // Sorted by the number of reviews, most first; equal numbers by text.
  const std::vector<Feature>& features() const { return features_; }
  const Feature* find(std::string_view text) const;

  // The feature that begins at this word, the longer one if there are two; its length is the number of its words.
  struct Match {
    const Feature* feature = nullptr;
    Phrase phrase;
  };
  Match match(const TaggedSentence& sentence, std::size_t begin) const;

 private:
  explicit FeatureVocabulary(std::vector<Feature> features);

  std::vector<Feature> features_;
  std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace p5
