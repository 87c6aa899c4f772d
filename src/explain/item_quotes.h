// Sentences that customers wrote about an item, to be quoted when it is explained to somebody else. Only training
// reviews are quoted. Immutable; thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "corpus/split.h"
#include "explain/explain_options.h"
#include "explain/explanation_set.h"
#include "explain/lexicon.h"

namespace p5 {

struct Quote {
  std::size_t interaction = 0;  // of the review, which tells who wrote it
  std::string feature, sentence;
};

struct QuoteWish {
  ItemId item = 0;
  std::optional<UserId> reader = {};  // is never quoted to themselves
  std::string_view feature = {};      // what the sentence must be about; empty: anything
  bool recommends = false;            // sentences of who gave four stars or more come first
};

class ItemQuotes {
 public:
  // Sentences are those of `explanations`. Where a wish names a feature that none of these is about, any sentence of
  // the item's reviews with its words will do.
  ItemQuotes(std::shared_ptr<const Split> reviews, std::shared_ptr<const ExplanationSet> explanations,
             const ExplainOptions& options);

  // Of the item's sentences, one that recommends where that is wanted; of these, one on a feature that the reader
  // writes about where there is one; of several, the one whose stars are nearest to the item's mean; then the one on
  // the feature that most sentences are about; then the earliest in the corpus.
  std::optional<Quote> best(const QuoteWish& wish) const;
  // The features of the item's sentences that the reader may be shown, those of most sentences first.
  std::vector<std::string> features_of(ItemId item, std::optional<UserId> reader = {}) const;

 private:
  using Counts = std::unordered_map<std::string, std::size_t>;
  Counts counts_of(const QuoteWish& wish) const;
  Counts features_of_reader(std::optional<UserId> reader) const;
  double mean_stars(ItemId item) const;
  bool may_quote(std::size_t interaction, const QuoteWish& wish) const;
  std::optional<Quote> any_sentence(const QuoteWish& wish) const;

  std::shared_ptr<const Split> reviews_;
  std::shared_ptr<const ExplanationSet> explanations_;
  Lexicon lexicon_;
  std::size_t min_words_, max_words_;
  std::vector<std::vector<std::size_t>> reviews_of_;    // [items] training reviews
  std::vector<std::vector<const Explanation*>> about_;  // [items] explanations of training reviews
};

}  // namespace p5
