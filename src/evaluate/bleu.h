// BLEU of a whole corpus with one reference per text (Papineni, Roukos, Ward and Zhu 2002), without smoothing.
// Not thread-safe.
//
//   BLEU-N = BP * exp(sum over n <= N of log(p_n) / N),   BP = 1 if c > r, else exp(1 - r / c)
//
// p_n: runs of n words that the written texts share with their references (clipped), over all runs of n words in the
// written texts, both summed over the corpus; c, r: words of all written texts and of all references.
#pragma once

#include <array>
#include <cstddef>

#include "evaluate/word_ngrams.h"

namespace p5 {

class Bleu {
 public:
  void add(const TextPair& pair);
  // In [0, 1]; reports show it times 100. 0 when some p_n is zero, or when no written text has that many words: no
  // smoothing. REQUIRES 0 < longest <= kLongestNgram.
  double score(std::size_t longest) const;
  double brevity_penalty() const;  // 0 when nothing was written

 private:
  std::array<std::size_t, kLongestNgram> shared_{}, written_{};  // runs of 1 to 4 words
  std::size_t written_words_ = 0, reference_words_ = 0;
  WordNumbers numbers_;
};

}  // namespace p5
