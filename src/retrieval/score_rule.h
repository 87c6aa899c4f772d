// Scores of any source as log-probabilities, so that sources can be mixed: counts are normalized and smoothed with an
// even share for all items (Jelinek and Mercer 1980), logits go through a softmax with a factor, and a list of the best
// items leaves the remaining probability to all others evenly. Plain values and pure functions; thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "retrieval/candidate_source.h"

namespace p5 {

struct ScoreRule {
  enum class Kind { kCounts, kLogits, kList };
  Kind kind = Kind::kList;
  double parameter = 0;  // counts: the share that is even; logits: the factor of the scores

  bool operator==(const ScoreRule&) const = default;
};

// Of scores [n] of all items that compete; `out` [n]. Scores that are not finite get -infinity. For kinds kCounts
// (below 0 counts as 0) and kLogits.
void log_probabilities(const ScoreRule& rule, std::span<const float> scores, std::span<float> out);

// Of a list, best first, among `competing` items. Scores are log-probabilities or, where one is above 0, counts.
struct ListProbabilities {
  std::vector<float> listed;  // [list.size()] log-probabilities
  float other = 0;            // log-probability of each item that is not in the list
};
ListProbabilities list_probabilities(std::span<const Candidate> list, std::size_t competing);

// Which rule makes targets likeliest: the mean log-likelihood of each tried rule. Not thread-safe.
class ScoreRuleChoice {
 public:
  ScoreRuleChoice();
  // Scores [item_count] for one question and its answer.
  void add(std::span<const float> scores, ItemId target);
  // The best so far; the first rule where nothing was added.
  ScoreRule best() const;

 private:
  std::vector<ScoreRule> rules_;
  std::vector<double> log_likelihoods_;  // sums, by rule
};

}  // namespace p5
