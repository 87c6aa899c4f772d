// The stars of a review by its words alone: a softmax regression on words, pairs of words and the judgements of the
// lexicon, fit to the training reviews and their headlines in a second. A language model that is trained for minutes
// hardly reads a review; this does, so the stars of a review are a mixture of both. Immutable; thread-safe.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "corpus/rating_scale.h"
#include "explain/lexicon.h"
#include "explain/review_words.h"
#include "recommend/rating_distribution.h"
#include "recommend/source_row.h"
#include "retrieval/fitted_state.h"
#include "text/word_regression.h"

namespace p5 {

class ReviewStarsModel {
 public:
  // "bag-of-words" is the plain logistic regression that others are compared with.
  enum class Kind { kWordModel, kBagOfWords };

  // Of the training reviews with stars, at most 100,000 drawn by seed. REQUIRES can_fit().
  static ReviewStarsModel fit(const Split& reviews, const RatingScale& scale, const ExplainOptions& options,
                              Kind kind = Kind::kWordModel);
  // Whether training has reviews of different levels of the scale.
  static bool can_fit(const Split& reviews, const RatingScale& scale);
  // As it was saved, for the same scale. Throws Corrupted (model).
  ReviewStarsModel(const FittedState& state, const RatingScale& scale, const ExplainOptions& options);
  FittedState state() const;

  const RatingScale& scale() const { return scale_; }
  // Of a review, or of a headline.
  RatingDistribution stars(std::string_view text) const;
  // log of how much more likely the levels of the lowest quarter of the scale (1 and 2 stars) are than the highest (5),
  // compared with how often training has them: above 0, the text is rather of the former.
  double badness(const RatingDistribution& stars) const;

 private:
  ReviewStarsModel(WordRegression regression, std::vector<double> shares, const RatingScale& scale,
                   const ExplainOptions& options, Kind kind);

  WordRegression regression_;
  std::vector<double> shares_;  // of training reviews, by level
  RatingScale scale_;
  Lexicon lexicon_;
  ReviewWordsOptions words_;
};

// share * a + (1 - share) * b
RatingDistribution mixed(const RatingDistribution& a, const RatingDistribution& b, double share);

// The share of `words` with which the mixture gives the true stars the largest likelihood; 1 for none.
struct StarsOfReview {
  RatingDistribution words = {}, model = {};
  double truth = 0;  // as it was given
};
double fit_share(std::span<const StarsOfReview> reviews, const RatingScale& scale);

// Read from the folder of fitted sources, else fit and kept there (recommend/opened_sources.h). Null where there is
// nothing to learn from. Throws Corrupted (model) for a damaged file.
std::shared_ptr<const ReviewStarsModel> open_review_stars(const SourceInputs& inputs);

}  // namespace p5
