#include "evaluate/paired_difference.h"

#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace p5 {
namespace {

constexpr double kQuantile = 1.959964;  // 95% of the normal distribution are within it

double mean_of(std::span<const double> values) {
  return values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Of the mean of `values`.
double margin_of(std::span<const double> values) {
  if (values.size() < 2) return std::numeric_limits<double>::infinity();
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const auto count = static_cast<double>(values.size());
  return kQuantile * std::sqrt(squares / (count - 1) / count);
}

// ours[i] * our_share - theirs[i] * their_share
std::vector<double> differences(std::span<const double> ours, double our_share, std::span<const double> theirs,
                                double their_share) {
  assert(ours.size() == theirs.size());
  std::vector<double> per_question(ours.size());
  for (std::size_t i = 0; i < per_question.size(); ++i) per_question[i] = ours[i] * our_share - theirs[i] * their_share;
  return per_question;
}

}  // namespace

PairedDifference mean_difference(std::span<const double> ours, std::span<const double> theirs) {
  return {.difference = mean_of(ours) - mean_of(theirs), .margin = margin_of(differences(ours, 1, theirs, 1))};
}

PairedDifference root_mean_difference(std::span<const double> our_squares, std::span<const double> their_squares) {
  const double ours = std::sqrt(mean_of(our_squares)), theirs = std::sqrt(mean_of(their_squares));
  const auto share = [](double root) { return root > 0 ? 1 / (2 * root) : 0.0; };  // without errors nothing varies
  return {.difference = ours - theirs,
          .margin = margin_of(differences(our_squares, share(ours), their_squares, share(theirs)))};
}

}  // namespace p5
