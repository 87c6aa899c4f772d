#include "evaluate/answer_scores.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "evaluate/bleu.h"
#include "evaluate/distinct_ngrams.h"
#include "evaluate/explanation_metrics.h"
#include "evaluate/rouge.h"
#include "text/plain_words.h"

namespace p5 {
namespace {

std::vector<double> changed(std::vector<double> values, double (*change)(double)) {
  std::transform(values.begin(), values.end(), values.begin(), change);
  return values;
}

}  // namespace

std::vector<Score> text_scores(std::span<const WrittenText> texts) {
  Bleu bleu;
  Rouge rouge;
  DistinctNgrams words(1), pairs(2);
  for (const WrittenText& text : texts) {
    const TextPair pair{.reference = text.reference, .written = text.written};
    bleu.add(pair);
    rouge.add(pair);
    words.add(text.written);
    pairs.add(text.written);
  }
  const RougeResult result = rouge.result();
  return {{"bleu1", 100 * bleu.score(1)},
          {"bleu2", 100 * bleu.score(2)},
          {"bleu4", 100 * bleu.score(4)},
          {"rouge1", 100 * result.rouge1.f1, changed(result.rouge1_f1s, [](double f1) { return 100 * f1; })},
          {"rouge2", 100 * result.rouge2.f1},
          {"rougeL", 100 * result.rouge_l.f1},
          {"distinct1", words.score()},
          {"distinct2", pairs.score()}};
}

std::vector<Score> explanation_scores(std::span<const WrittenText> texts, std::span<const std::string> features) {
  ExplanationMetrics metrics(features);
  for (const WrittenText& text : texts) metrics.add(text.written, text.feature);
  const ExplanationResult result = metrics.result();
  return {{"usr", result.usr}, {"fmr", result.fmr}, {"fcr", result.fcr}, {"div", result.div}};
}

Score exact_score(std::span<const WrittenText> texts) {
  std::vector<double> right;
  for (const WrittenText& text : texts) {
    right.push_back(plain_words(text.reference) == plain_words(text.written) ? 1 : 0);
  }
  const double count = std::accumulate(right.begin(), right.end(), 0.0);
  return {"accuracy", texts.empty() ? 0.0 : count / static_cast<double>(texts.size()), std::move(right)};
}

std::vector<Score> star_scores(const RatingResult& result) {
  std::vector<Score> scores{{"rmse", result.rmse, changed(result.errors, [](double error) { return error * error; })},
                            {"mae", result.mae, changed(result.errors, [](double error) { return std::abs(error); })}};
  if (result.r2) scores.push_back({"r2", *result.r2});
  return scores;
}

std::vector<Score> yes_no_scores(const ClassificationResult& result) {
  std::vector<Score> scores{{"accuracy", result.accuracy}, {"f1", result.f1}};
  if (result.auc) scores.push_back({.name = "auc", .value = *result.auc, .margin = result.auc_margin});
  return scores;
}

std::vector<Score> click_scores(const ClickResult& result) {
  std::vector<Score> scores{
      {"log_loss", result.log_loss, result.log_losses, "log loss"},
      {.name = "calibration_error", .value = result.calibration_error, .heading = "calib. error"}};
  if (result.auc)
    scores.push_back({.name = "auc", .value = *result.auc, .heading = "AUC", .margin = result.auc_margin});
  return scores;
}

void put_first(const std::string& name, std::vector<Score>& scores) {
  const auto found = std::find_if(scores.begin(), scores.end(), [&](const Score& score) { return score.name == name; });
  if (found != scores.end()) std::rotate(scores.begin(), found, found + 1);
}

}  // namespace p5
