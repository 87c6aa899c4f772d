#include "evaluate/distinct_ngrams.h"

namespace p5 {

void DistinctNgrams::add(std::string_view written) {
  for (const auto& [ngram, count] : count_ngrams(numbers_.of(written), n_)) {
    counts_[ngram] += count;
    total_ += count;
  }
}

double DistinctNgrams::score() const {
  return total_ == 0 ? 0 : static_cast<double>(counts_.size()) / static_cast<double>(total_);
}

}  // namespace p5
