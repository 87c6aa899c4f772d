// distinct-n (Li, Galley, Brockett, Gao and Dolan 2016): different runs of n words over all runs of n words in
// everything that was written. Low values: the same phrases again and again. Not thread-safe.
#pragma once

#include <cstddef>
#include <string_view>

#include "evaluate/word_ngrams.h"

namespace p5 {

class DistinctNgrams {
 public:
  // REQUIRES 0 < n <= kLongestNgram.
  explicit DistinctNgrams(std::size_t n) : n_(n) {}

  void add(std::string_view written);
  double score() const;  // in [0, 1]; 0 when no text has n words

 private:
  std::size_t n_, total_ = 0;
  NgramCounts counts_;
  WordNumbers numbers_;
};

}  // namespace p5
