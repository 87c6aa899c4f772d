// USR, FMR, FCR and DIV: whether generated explanations differ from one another and mention features (Li, Zhang and
// Chen 2020, "Generate Neural Template Explanations for Recommendation", section 5). Features and texts are compared as
// plain words; the words of a feature must be adjacent. Not thread-safe.
//
//   USR = different texts / texts
//   FMR = texts that hold the feature of their own reference / texts that have one
//   FCR = features that some text holds / features
//   DIV = mean over all pairs of texts of the number of features that both hold (lower is better)
//
// DIV is the sum over features of c (c - 1) / 2, with c the texts that hold the feature, over the number of pairs:
// linear in the texts, where the definition is quadratic.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace p5 {

struct ExplanationResult {
  std::size_t n = 0;             // texts
  std::size_t with_feature = 0;  // texts whose reference has a feature
  double usr = 0, fmr = 0, fcr = 0, div = 0;
};

class ExplanationMetrics {
 public:
  // All features of the data; empty ones and repeats do not count.
  explicit ExplanationMetrics(std::span<const std::string> features);

  // `feature`: that of the reference; empty when it has none.
  void add(std::string_view written, std::string_view feature);
  ExplanationResult result() const;

 private:
  std::size_t longest_feature_ = 0;                          // words
  std::unordered_map<std::string, std::size_t> texts_with_;  // feature: texts that hold it
  std::unordered_set<std::string> different_;
  std::size_t texts_ = 0, with_feature_ = 0, matched_ = 0;
};

}  // namespace p5
