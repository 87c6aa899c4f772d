#include "text/word_regression.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "text/lbfgs.h"

namespace p5 {
namespace {

using Entry = LabelledTexts::Entry;
using Rows = LabelledTexts::Rows;

// Words of enough texts, sorted.
std::vector<std::string> frequent_words(const LabelledTexts& texts, std::size_t min_texts) {
  std::vector<std::size_t> counts(texts.words().size());
  for (const auto& row : texts.rows()) {
    for (const Entry& entry : row) ++counts[entry.word];
  }
  std::vector<std::string> words;
  for (const auto& [word, place] : texts.words()) {
    if (counts[place] >= min_texts) words.push_back(word);
  }
  std::sort(words.begin(), words.end());
  return words;
}

// The texts with these words alone, numbered as they are.
Rows rows_of(const LabelledTexts& texts, const std::vector<std::string>& words) {
  constexpr std::uint32_t kLeftOut = 0xffffffffu;
  std::vector<std::uint32_t> places(texts.words().size(), kLeftOut);
  for (std::uint32_t i = 0; i < words.size(); ++i) places[texts.words().at(words[i])] = i;
  Rows rows;
  for (const auto& text : texts.rows()) {
    auto& row = rows.emplace_back();
    for (const Entry& entry : text) {
      if (places[entry.word] != kLeftOut) row.push_back({places[entry.word], entry.weight});
    }
  }
  return rows;
}

// [words] by which a word's weight is multiplied. Frequencies begin at one, so that rare words do not stand out.
std::vector<float> scales_of(const Rows& rows, const std::vector<std::size_t>& labels, std::size_t words,
                             const WordRegressionOptions& options) {
  constexpr double kLeast = 0.2, kMost = 2;
  std::vector<double> low(words, 1.0), high(words, 1.0);
  double all_low = static_cast<double>(words), all_high = all_low;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool is_low = labels[i] < options.low_below;
    if (!is_low && labels[i] + 1 != options.classes) continue;
    for (const Entry& entry : rows[i]) (is_low ? low : high)[entry.word] += 1;
    (is_low ? all_low : all_high) += static_cast<double>(rows[i].size());
  }
  std::vector<float> scales(words);
  for (std::size_t word = 0; word < words; ++word) {
    const double ratio = std::abs(std::log(low[word] / all_low / (high[word] / all_high)));
    scales[word] = static_cast<float>(std::min(kMost, kLeast + ratio));
  }
  return scales;
}

// The scores of a row become its probabilities; returns -log of that of `label`.
double normalise(std::span<double> scores, std::size_t label) {
  const double most = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (const double score : scores) sum += std::exp(score - most);
  const double whole = most + std::log(sum), loss = whole - scores[label];
  for (double& score : scores) score = std::exp(score - whole);
  return loss;
}

// The sum over all rows and the penalty; the weights of the last row, which stand for the class alone, have none.
double loss_of(const Rows& rows, const std::vector<std::size_t>& labels, const WordRegressionOptions& options,
               std::span<const double> weights, std::span<double> gradient) {
  const std::size_t classes = options.classes, bias = weights.size() - classes;
  std::fill(gradient.begin(), gradient.end(), 0.0);
  std::vector<double> scores(classes);
  double loss = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(weights.begin() + static_cast<std::ptrdiff_t>(bias), classes, scores.begin());
    for (const Entry& entry : rows[i]) {
      const double* of_word = &weights[entry.word * classes];
      for (std::size_t c = 0; c < classes; ++c) scores[c] += of_word[c] * entry.weight;
    }
    loss += normalise(scores, labels[i]);
    scores[labels[i]] -= 1;
    for (std::size_t c = 0; c < classes; ++c) gradient[bias + c] += scores[c];
    for (const Entry& entry : rows[i]) {
      double* of_word = &gradient[entry.word * classes];
      for (std::size_t c = 0; c < classes; ++c) of_word[c] += scores[c] * entry.weight;
    }
  }
  const double penalty = 1 / options.strength;
  for (std::size_t i = 0; i < bias; ++i) {
    loss += 0.5 * penalty * weights[i] * weights[i];
    gradient[i] += penalty * weights[i];
  }
  return loss;
}

}  // namespace

void LabelledTexts::add(const WeightedWords& text, std::size_t label) {
  auto& row = rows_.emplace_back();
  labels_.push_back(label);
  for (const WeightedWord& word : text) {
    const auto place = words_.emplace(word.text, static_cast<std::uint32_t>(words_.size())).first->second;
    row.push_back({place, word.weight});
  }
}

WordRegression WordRegression::fit(const LabelledTexts& texts, const WordRegressionOptions& options) {
  const std::vector<std::size_t>& labels = texts.labels();
  std::vector<std::string> words = frequent_words(texts, options.min_texts);
  Rows rows = rows_of(texts, words);
  std::vector<float> scales(words.size(), 1.0f);
  if (options.low_below > 0) scales = scales_of(rows, labels, words.size(), options);
  for (auto& row : rows) {
    for (Entry& entry : row) entry.weight *= scales[entry.word];
  }
  const std::vector<double> found = minimize_lbfgs(
      [&](std::span<const double> weights, std::span<double> gradient) {
        return loss_of(rows, labels, options, weights, gradient);
      },
      std::vector<double>((words.size() + 1) * options.classes, 0.0), {.iterations = options.iterations});
  std::vector<float> weights(found.begin(), found.end());
  for (std::size_t i = 0; i < words.size() * options.classes; ++i) weights[i] *= scales[i / options.classes];
  return {std::move(words), std::move(weights), options.classes};
}

WordRegression::WordRegression(std::vector<std::string> words, std::vector<float> weights, std::size_t classes)
    : words_(std::move(words)), weights_(std::move(weights)), classes_(classes) {
  for (std::uint32_t i = 0; i < words_.size(); ++i) places_.emplace(words_[i], i);
}

std::vector<double> WordRegression::probabilities(const WeightedWords& text) const {
  std::vector<double> scores(weights_.end() - static_cast<std::ptrdiff_t>(classes_), weights_.end());
  for (const WeightedWord& word : text) {
    const auto place = places_.find(word.text);
    if (place == places_.end()) continue;
    const float* of_word = &weights_[place->second * classes_];
    for (std::size_t c = 0; c < classes_; ++c) scores[c] += static_cast<double>(of_word[c]) * word.weight;
  }
  normalise(scores, 0);
  return scores;
}

}  // namespace p5
