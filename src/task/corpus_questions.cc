#include "task/corpus_questions.h"

#include <fmt/format.h>

#include <cmath>

#include "p5/error.h"

namespace p5 {

TaskQuestion question_about(const Corpus& corpus, std::size_t interaction, const ExplanationSet* explanations,
                            const RatingScale& scale) {
  TaskQuestion question{.user = corpus.users()[interaction],
                        .item = corpus.items()[interaction],
                        .review = corpus.review(interaction),
                        .headline = corpus.headline(interaction)};
  const float rating = corpus.ratings()[interaction];
  if (std::isfinite(rating)) {
    question.exact_rating = rating;
    question.rating = scale.nearest_level(rating);
    question.positive = scale.likes(rating);
  }
  const Explanation* explanation = explanations == nullptr ? nullptr : explanations->find(interaction);
  if (explanation != nullptr) {
    question.feature = explanation->feature;
    question.explanation = explanation->sentence;
  }
  return question;
}

TaskQuestion question_of_user(const Split& split, UserId user, Part part) {
  const auto target = split.target_of(user, part);
  if (!target) {
    throw not_found_error(fmt::format("user '{}' has no {} target", split.corpus().user_key(user),
                                      part == Part::kValid ? "validation" : "test"));
  }
  return {.user = user,
          .item = split.corpus().items()[*target],
          .history = split.history_for(user, part),
          .positive = true};
}

}  // namespace p5
