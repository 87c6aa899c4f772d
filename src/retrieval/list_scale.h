// What the scores of a list say about probabilities: learnt on questions whose answers are known, so that items of
// another source can be put between them (temperature scaling: Guo et al., ICML 2017). Plain values and pure functions;
// thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace p5 {

// exp(factor * score - log_total) is the probability of the item of a list with this score.
struct ListScale {
  double factor = 1.0, log_total = 0.0;
};

// log of the sum of exp(factor * score).
double log_total(std::span<const float> scores, double factor);

// P(item) = covered * exp(factor * score) / the sum of the same over the list. `covered` is the share of questions
// whose answer is in the list; factor 0: unknown.
struct ListCalibration {
  double factor = 0.0, covered = 0.0;

  bool known() const { return factor > 0 && covered > 0; }
  // REQUIRES known(), and scores of a whole list.
  ListScale scale_of(std::span<const float> scores) const;
};

// The factor that makes the answers likeliest. lists[i] are the scores of a list that holds its answer, in place
// answers[i]; `asked` questions in all.
ListCalibration calibrate_lists(const std::vector<std::vector<float>>& lists, std::span<const std::uint32_t> answers,
                                std::size_t asked);

}  // namespace p5
