// Scores of answers that are not rankings: texts, stars, and yes or no. Thread-safe: free functions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "evaluate/classification_metrics.h"
#include "evaluate/click_metrics.h"
#include "evaluate/rating_metrics.h"
#include "evaluate/task_result.h"

namespace p5 {

// bleu1, bleu2, bleu4, rouge1, rouge2, rougeL (F1), each times 100; distinct1, distinct2 in [0, 1].
std::vector<Score> text_scores(std::span<const WrittenText> texts);
// usr, fmr, fcr and div over `features`, all features of the data.
std::vector<Score> explanation_scores(std::span<const WrittenText> texts, std::span<const std::string> features);
// accuracy: texts that are the reference, by their plain words.
Score exact_score(std::span<const WrittenText> texts);
// rmse, mae and r2. r2 is left out where all truths are equal.
std::vector<Score> star_scores(const RatingResult& result);
// accuracy, f1 and auc. auc is left out where all truths are one class.
std::vector<Score> yes_no_scores(const ClassificationResult& result);
// log_loss, calibration_error and auc. auc is left out where all truths are one class.
std::vector<Score> click_scores(const ClickResult& result);
// The score of that name first, where there is one.
void put_first(const std::string& name, std::vector<Score>& scores);

}  // namespace p5
