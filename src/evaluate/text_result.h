// Scores of answers that are no rankings: texts, stars of a review, yes or no, and what families of one's own answer.
// One shape for all of them, so that a report prints whatever a family measures. Plain values and free functions;
// thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "evaluate/classification_metrics.h"
#include "evaluate/rating_metrics.h"

namespace p5 {

struct Score {
  std::string name;  // "bleu4", "rmse", ...
  double value = 0;
  // Of each question, where the value is their mean ("rmse": its root); empty for scores of all texts together.
  std::vector<double> each = {};
};

// What was written, and what should have been.
struct WrittenText {
  std::string reference, written;
  std::string feature = {};  // of the reference; empty when it has none
};

struct TextResult {
  std::string task = {};        // as reports name it: "explanation", "review"
  std::string part = {};        // of a task that asks for several things: "headline" and "star"
  std::string title = {};       // for people
  std::string prompt = {};      // that asked; empty for rows that no prompt asks
  std::string hint = {};        // of explanations
  std::size_t n = 0, of = 0;    // questions asked, and how many there are
  std::uint64_t questions = 0;  // tells which were asked: rows with another number answered others
  std::vector<Score> scores = {};
  std::vector<WrittenText> examples = {};  // evaluate.examples of them
};

// bleu1, bleu2, bleu4, rouge1, rouge2, rougeL (F1), each times 100; distinct1, distinct2 in [0, 1].
std::vector<Score> text_scores(std::span<const WrittenText> texts);
// usr, fmr, fcr and div over `features`, all features of the data.
std::vector<Score> explanation_scores(std::span<const WrittenText> texts, std::span<const std::string> features);
// accuracy: texts that are the reference, by their plain words.
Score exact_score(std::span<const WrittenText> texts);
std::vector<Score> star_scores(const RatingResult& result);
// auc is left out where all truths are one class.
std::vector<Score> yes_no_scores(const ClassificationResult& result);
// For tables: scores of a hundred with two decimals, shares with four.
std::string to_text(const Score& score);
// The score of that name first, where there is one.
void put_first(const std::string& name, std::vector<Score>& scores);

}  // namespace p5
