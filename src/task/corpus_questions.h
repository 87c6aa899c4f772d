// Questions about what a corpus holds, with their true answers. Thread-safe: free functions.
#pragma once

#include <cstddef>

#include "corpus/rating_scale.h"
#include "corpus/split.h"
#include "explain/explanation_set.h"
#include "prompt/task_question.h"

namespace p5 {

// What the corpus and the explanations (null: none) know about an interaction, its stars as the nearest level of
// `scale`. The views point into them.
TaskQuestion question_about(const Corpus& corpus, std::size_t interaction, const ExplanationSet* explanations,
                            const RatingScale& scale = {});

// The validation or test question of a user: the history without or with the validation item, and the target, which a
// yes-no prompt asks about. Throws NotFound for a user without a target in `part`. REQUIRES part != kTrain and
// split.is_sequential().
TaskQuestion question_of_user(const Split& split, UserId user, Part part);

}  // namespace p5
