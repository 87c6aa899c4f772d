// Softmax regression of a class on the words of a text: the class of the highest score, as probabilities. Words may be
// scaled by how differently two groups of classes use them, as NBSVM does (Wang and Manning 2012, "Baselines and
// bigrams"), so that the penalty on weights bears on words that say nothing. Immutable once fit; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace p5 {

struct WeightedWord {
  std::string text;
  float weight = 0.0f;
};
using WeightedWords = std::vector<WeightedWord>;  // each word once

// What a regression learns from. Words are kept once, however many texts have them. Not thread-safe.
class LabelledTexts {
 public:
  struct Entry {
    std::uint32_t word = 0;  // in the order of their first occurrence
    float weight = 0.0f;
  };
  using Rows = std::vector<std::vector<Entry>>;

  void add(const WeightedWords& text, std::size_t label);

  const Rows& rows() const { return rows_; }
  const std::vector<std::size_t>& labels() const { return labels_; }
  const std::unordered_map<std::string, std::uint32_t>& words() const { return words_; }

 private:
  std::unordered_map<std::string, std::uint32_t> words_;
  Rows rows_;
  std::vector<std::size_t> labels_;
};

struct WordRegressionOptions {
  std::size_t classes = 2;
  std::size_t min_texts = 2;    // texts that must have a word
  double strength = 10;         // the inverse of the penalty on squared weights
  std::size_t iterations = 60;  // of L-BFGS at most
  // Words are scaled by |log ratio| of their frequencies in texts of the classes below this one and of the last class;
  // 0: not scaled.
  std::size_t low_below = 0;
};

class WordRegression {
 public:
  // Minimises the sum of -log p(label) plus the penalty, by L-BFGS from zero: one result for the same texts. Labels are
  // below options.classes.
  static WordRegression fit(const LabelledTexts& texts, const WordRegressionOptions& options);
  // As it was saved. REQUIRES weights.size() == (words.size() + 1) * classes.
  WordRegression(std::vector<std::string> words, std::vector<float> weights, std::size_t classes);

  // The views point into words_, which a move keeps.
  WordRegression(WordRegression&&) noexcept = default;
  WordRegression& operator=(WordRegression&&) noexcept = default;
  WordRegression(const WordRegression&) = delete;
  WordRegression& operator=(const WordRegression&) = delete;

  // [classes] sums to 1. Words that training did not see are passed over.
  std::vector<double> probabilities(const WeightedWords& text) const;

  const std::vector<std::string>& words() const { return words_; }  // sorted
  const std::vector<float>& weights() const { return weights_; }    // [words + 1, classes], the last row for none
  std::size_t classes() const { return classes_; }

 private:
  std::vector<std::string> words_;
  std::vector<float> weights_;
  std::size_t classes_;
  std::unordered_map<std::string_view, std::uint32_t> places_;  // views of words_
};

}  // namespace p5
