#include "retrieval/list_scale.h"

#include <algorithm>
#include <cmath>

namespace p5 {

double log_total(std::span<const float> scores, double factor) {
  const double largest = factor * *std::ranges::max_element(scores);
  double sum = 0;
  for (const float score : scores) sum += std::exp(factor * score - largest);
  return largest + std::log(sum);
}

ListScale ListCalibration::scale_of(std::span<const float> scores) const {
  return {.factor = factor, .log_total = p5::log_total(scores, factor) - std::log(covered)};
}

ListCalibration calibrate_lists(const std::vector<std::vector<float>>& lists, std::span<const std::uint32_t> answers,
                                std::size_t asked) {
  if (lists.empty()) return {};
  const auto likelihood = [&](double log_factor) {
    const double factor = std::exp(log_factor);
    double sum = 0;
    for (std::size_t i = 0; i < lists.size(); ++i) sum += factor * lists[i][answers[i]] - log_total(lists[i], factor);
    return sum;
  };
  // Golden sections: the likelihood has one maximum.
  constexpr double kGolden = 0.6180339887498949;
  double low = std::log(0.02), high = std::log(50.0);
  for (int step = 0; step < 20; ++step) {
    const double left = high - kGolden * (high - low), right = low + kGolden * (high - low);
    if (likelihood(left) < likelihood(right)) {
      low = left;
    } else {
      high = right;
    }
  }
  return {.factor = std::exp((low + high) / 2),
          .covered = static_cast<double>(lists.size()) / static_cast<double>(asked)};
}

}  // namespace p5
