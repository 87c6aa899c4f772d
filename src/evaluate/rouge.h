// ROUGE-1, ROUGE-2 and ROUGE-L with one reference per text (Lin 2004), means over pairs. Not thread-safe.
//
//   ROUGE-N: recall = shared runs of N words (clipped) / runs in the reference, precision = the same / runs in the
//            written text
//   ROUGE-L: the same with the length of the longest common subsequence of words, over words
//   F1 = 2 * precision * recall / (precision + recall), of each pair, before the mean
//
// A pair with nothing to divide by (an empty text, one word for ROUGE-2) scores 0 and counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "evaluate/word_ngrams.h"

namespace p5 {

// Each in [0, 1]; reports show them times 100.
struct RougeScore {
  double precision = 0, recall = 0, f1 = 0;
};

struct RougeResult {
  std::size_t n = 0;  // pairs
  RougeScore rouge1, rouge2, rouge_l;
  std::vector<double> rouge1_f1s = {};  // of each pair
};

class Rouge {
 public:
  void add(const TextPair& pair);
  RougeResult result() const;  // means; zeros for no pairs

 private:
  RougeResult sums_;
  WordNumbers numbers_;
};

// Length of the longest common subsequence, in O(a * b) time and O(b) memory.
std::size_t longest_common_subsequence(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b);

}  // namespace p5
