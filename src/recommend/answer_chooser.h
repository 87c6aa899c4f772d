// Which of a few answers a model gives, as probabilities: "1" to "5", "yes" and "no". Not thread-safe: it uses one
// model.
#pragma once

#include <string>
#include <vector>

#include "model/sequence_model.h"
#include "model/text_generator.h"
#include "task/known_answers.h"
#include "text/token_batch.h"

namespace p5 {

class AnswerChooser {
 public:
  // The answers are distinct texts. The model must outlive the chooser.
  AnswerChooser(SequenceModel& model, const Tokenizer& tokenizer, const std::vector<std::string>& answers);

  // [rows, answers] how likely each answer is among them all, by the products of its tokens' probabilities; a row sums
  // to 1. What is known of the answers (TokenRow::answers) is used where it is of these answers.
  std::vector<std::vector<double>> ask(const std::vector<TokenRow>& rows) const;

 private:
  TextGenerator* model_;
  KnownAnswers answers_;
};

}  // namespace p5
