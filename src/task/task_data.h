// What the tasks of a run read. A plain value.
#pragma once

#include <memory>

#include "corpus/rating_scale.h"
#include "corpus/split.h"
#include "explain/explanation_set.h"
#include "prompt/prompt_library.h"

namespace p5 {

class AnswerEvidence;

struct TaskData {
  std::shared_ptr<const Split> ranking;  // sequential and direct: a split that cuts each user's time line
  std::shared_ptr<const Split> reviews;  // the others: its train part holds no pair that a ranking asks for
  std::shared_ptr<const PromptLibrary> prompts;
  std::shared_ptr<const ExplanationSet> explanations = {};  // explanation, and families that ask for them; may be null
  std::shared_ptr<const AnswerEvidence> answers = {};       // what counts know about answers in words; null: nothing
  RatingScale scale = {};                                   // of the stars that questions and answers name
};

}  // namespace p5
