// Which headline fits a review: of several that the model wrote, one that agrees with the stars of the text, and among
// these the one that speaks most of the same; where none agrees, the headline of the most similar training review that
// does. Thread-safe: all const.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "corpus/split.h"
#include "explain/similar_reviews.h"
#include "recommend/review_stars_model.h"

namespace p5 {

struct ChosenHeadline {
  std::string text;
  std::optional<std::size_t> interaction = {};  // of the training review whose headline it is
};

class HeadlineChooser {
 public:
  // All must outlive the chooser.
  HeadlineChooser(const Split& reviews, const ReviewStarsModel& words, const SimilarReviews& similar)
      : reviews_(&reviews), words_(&words), similar_(&similar) {}

  // `stars`: of the review. REQUIRES one candidate or more; the first is what the model would say without a choice.
  ChosenHeadline choose(std::string_view review, const RatingDistribution& stars,
                        std::span<const std::string> candidates) const;
  // Whether the headline's words are on the same side as the review: rather of 1 or 2 stars, or rather of 5, or in
  // between.
  bool agrees(std::string_view headline, const RatingDistribution& stars) const;

 private:
  const Split* reviews_;
  const ReviewStarsModel* words_;
  const SimilarReviews* similar_;
};

}  // namespace p5
