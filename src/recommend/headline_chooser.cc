#include "recommend/headline_chooser.h"

#include <algorithm>
#include <cmath>

#include "prompt/prompt_renderer.h"
#include "task/corpus_questions.h"

namespace p5 {
namespace {

bool has_no_words(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

}  // namespace

bool HeadlineChooser::agrees(std::string_view headline, const RatingDistribution& stars) const {
  constexpr double kUndecided = 0.5;  // log ratio up to which a text is on neither side
  const double of_text = words_->badness(stars), of_headline = words_->badness(words_->stars(headline));
  if (std::abs(of_text) <= kUndecided) return true;
  return (of_text > 0) == (of_headline > 0);
}

ChosenHeadline HeadlineChooser::choose(std::string_view review, const RatingDistribution& stars,
                                       std::span<const std::string> candidates) const {
  const std::string* best = nullptr;
  double best_shared = -1;
  for (const std::string& candidate : candidates) {
    if (has_no_words(candidate) || !agrees(candidate, stars)) continue;
    const double shared = similar_->shared(candidate, review);
    if (shared > best_shared) best = &candidate;
    best_shared = std::max(best_shared, shared);
  }
  if (best != nullptr) return {.text = *best};
  constexpr std::size_t kSimilar = 50;
  const Corpus& corpus = reviews_->corpus();
  for (const SimilarReviews::Similar& similar : similar_->find(review, kSimilar)) {
    const float given = corpus.ratings()[similar.interaction];
    if (!std::isfinite(given)) continue;
    // The review that it heads must be on the same side, by the stars that its writer gave.
    const bool bad = words_->badness(stars) > 0;
    const std::string_view headline = corpus.headline(similar.interaction);
    if (agrees(headline, stars) && bad != words_->scale().likes(given)) {
      return {.text = std::string(headline), .interaction = similar.interaction};
    }
  }
  return {.text = candidates.front()};
}

}  // namespace p5
