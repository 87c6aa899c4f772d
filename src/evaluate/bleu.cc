#include "evaluate/bleu.h"

#include <cassert>
#include <cmath>

namespace p5 {

void Bleu::add(const TextPair& pair) {
  const auto reference = numbers_.of(pair.reference), written = numbers_.of(pair.written);
  reference_words_ += reference.size();
  written_words_ += written.size();
  for (std::size_t n = 1; n <= kLongestNgram && n <= written.size(); ++n) {
    shared_[n - 1] += common_count(count_ngrams(written, n), count_ngrams(reference, n));
    written_[n - 1] += written.size() + 1 - n;
  }
}

double Bleu::brevity_penalty() const {
  if (written_words_ == 0) return 0;
  if (written_words_ > reference_words_) return 1;
  return std::exp(1 - static_cast<double>(reference_words_) / static_cast<double>(written_words_));
}

double Bleu::score(std::size_t longest) const {
  assert(longest > 0 && longest <= kLongestNgram);
  double logs = 0;
  for (std::size_t n = 0; n < longest; ++n) {
    if (shared_[n] == 0) return 0;
    logs += std::log(static_cast<double>(shared_[n]) / static_cast<double>(written_[n]));
  }
  return brevity_penalty() * std::exp(logs / static_cast<double>(longest));
}

}  // namespace p5
