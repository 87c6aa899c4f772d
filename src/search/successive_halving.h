// Successive halving (Jamieson and Talwalkar 2016): many configurations get a small budget, the best share of them a
// larger one, and so on up to the full budget. Thread-safe: free functions.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace p5 {

struct HalvingOptions {
  double smallest = 1, largest = 1;  // budgets of the first and the last rung
  double factor = 3;                 // between the budgets of two rungs, and between their numbers of configurations
};

// The budgets of the rungs, ascending; the last is `largest`. REQUIRES 0 < smallest <= largest and factor > 1.
std::vector<double> rung_budgets(const HalvingOptions& options);

// The positions of the scores that go on to the next rung: the best 1/factor of them, at least one, best first; of
// equal scores the earlier. NaN, a failed trial, never goes on.
std::vector<std::size_t> promoted(std::span<const double> scores, double factor);

}  // namespace p5
