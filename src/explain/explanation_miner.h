// Finds the sentence of a review that says most clearly what a feature of the item is like. Immutable; thread-safe.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "corpus/split.h"
#include "explain/explain_options.h"
#include "explain/explanation.h"
#include "explain/feature_vocabulary.h"
#include "explain/lexicon.h"

namespace p5 {

class ExplanationMiner {
 public:
  // Features are learnt from the training part of `reviews`.
  ExplanationMiner(const Split& reviews, Lexicon lexicon, const ExplainOptions& options);

  const FeatureVocabulary& features() const { return features_; }

  // At most one explanation; nothing when no sentence judges a feature. The same text always gives the same result.
  std::optional<Explanation> explain(std::string_view review) const;
  // Explanations of all reviews, including those of validation and test, in the order of the corpus.
  std::vector<Explanation> mine(const Corpus& corpus) const;

 private:
  struct Candidate;
  void look(std::string_view sentence, Candidate& best) const;

  Lexicon lexicon_;
  ExplainOptions options_;
  FeatureVocabulary features_;
};

}  // namespace p5
