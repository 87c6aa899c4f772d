// How far two rows of a report are apart, and how much of that could be chance of the sampled questions. Both answered
// the same questions, so only the differences per question count, and they vary far less than either row does. Chance
// of a training (its seed) is not included. Thread-safe: free functions.
#pragma once

#include <span>

namespace p5 {

struct PairedDifference {
  double difference = 0;  // ours - theirs
  double margin = 0;      // half of its 95% interval

  // Whether the interval excludes 0.
  bool is_significant() const { return difference > margin || difference < -margin; }
};

// Of the means of two scores of the same questions: mean and 1.96 standard errors of ours[i] - theirs[i] (normal
// approximation). REQUIRES equally many of both; with fewer than two the margin is infinite.
PairedDifference mean_difference(std::span<const double> ours, std::span<const double> theirs);

// Of the roots of the means of two squared errors (RMSE), by the delta method: the root moves by a question's share
// e^2 / (2 RMSE).
PairedDifference root_mean_difference(std::span<const double> our_squares, std::span<const double> their_squares);

}  // namespace p5
