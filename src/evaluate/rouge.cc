#include "evaluate/rouge.h"

#include <algorithm>

namespace p5 {
namespace {

// Returns the pair's F1.
double add_score(RougeScore& sum, std::size_t shared, std::size_t written, std::size_t reference) {
  if (shared == 0) return 0;
  const double precision = static_cast<double>(shared) / static_cast<double>(written);
  const double recall = static_cast<double>(shared) / static_cast<double>(reference);
  sum.precision += precision;
  sum.recall += recall;
  const double f1 = 2 * precision * recall / (precision + recall);
  sum.f1 += f1;
  return f1;
}

RougeScore mean(const RougeScore& sum, std::size_t pairs) {
  const auto n = static_cast<double>(std::max<std::size_t>(pairs, 1));
  return {.precision = sum.precision / n, .recall = sum.recall / n, .f1 = sum.f1 / n};
}

}  // namespace

std::size_t longest_common_subsequence(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
  std::vector<std::size_t> row(b.size() + 1);  // row[j]: the length for the words of `a` so far and the first j of `b`
  for (const std::uint32_t word : a) {
    std::size_t diagonal = 0;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = word == b[j - 1] ? diagonal + 1 : std::max(above, row[j - 1]);
      diagonal = above;
    }
  }
  return row.back();
}

void Rouge::add(const TextPair& pair) {
  ++sums_.n;
  const auto reference = numbers_.of(pair.reference), written = numbers_.of(pair.written);
  const auto shared = [&](std::size_t n) { return common_count(count_ngrams(written, n), count_ngrams(reference, n)); };
  sums_.rouge1_f1s.push_back(add_score(sums_.rouge1, shared(1), written.size(), reference.size()));
  add_score(sums_.rouge2, shared(2), written.size() - 1, reference.size() - 1);  // no shared pair: not looked at
  add_score(sums_.rouge_l, longest_common_subsequence(written, reference), written.size(), reference.size());
}

RougeResult Rouge::result() const {
  return {.n = sums_.n,
          .rouge1 = mean(sums_.rouge1, sums_.n),
          .rouge2 = mean(sums_.rouge2, sums_.n),
          .rouge_l = mean(sums_.rouge_l, sums_.n),
          .rouge1_f1s = sums_.rouge1_f1s};
}

}  // namespace p5
