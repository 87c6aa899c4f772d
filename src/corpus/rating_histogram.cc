#include "corpus/rating_histogram.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace p5 {
namespace {

constexpr std::size_t kRanges = 10;

// Ten ranges over whole numbers: where the numbers are wide apart, so are the ends of the ranges.
std::vector<RatingBin> ranges_between(double lowest, double highest) {
  lowest = std::floor(lowest);
  highest = std::max(std::ceil(highest), lowest + 1);
  std::vector<RatingBin> bins;
  for (std::size_t i = 0; i < kRanges; ++i) {
    const auto end = [&](std::size_t part) {
      return lowest + (highest - lowest) * static_cast<double>(part) / static_cast<double>(kRanges);
    };
    bins.push_back({.from = end(i), .to = end(i + 1)});
  }
  return bins;
}

}  // namespace

std::string RatingBin::name() const {
  return from == to ? fmt::format("{:.7g}", from) : fmt::format("{:.7g} to {:.7g}", from, to);
}

RatingHistogram RatingHistogram::of(std::span<const float> ratings) {
  RatingHistogram histogram;
  std::map<float, std::uint64_t> counts;  // of the first kMostValues + 1 values
  float lowest = 0, highest = 0;
  for (const float rating : ratings) {
    if (!std::isfinite(rating)) continue;
    lowest = histogram.count == 0 ? rating : std::min(lowest, rating);
    highest = histogram.count == 0 ? rating : std::max(highest, rating);
    ++histogram.count;
    if (counts.size() <= kMostValues) ++counts[rating];
  }
  if (counts.size() <= kMostValues) {
    for (const auto& [value, count] : counts) {
      // The shortest number that is this float: 0.1, not 0.100000001.
      const double shown = std::stod(fmt::format("{}", value));
      histogram.bins.push_back({.from = shown, .to = shown, .count = count});
    }
    return histogram;
  }
  histogram.bins = ranges_between(static_cast<double>(lowest), static_cast<double>(highest));
  const double width = histogram.bins.front().to - histogram.bins.front().from;
  for (const float rating : ratings) {
    if (!std::isfinite(rating)) continue;
    const double place = (static_cast<double>(rating) - histogram.bins.front().from) / width;
    ++histogram.bins[std::min(static_cast<std::size_t>(place), kRanges - 1)].count;
  }
  return histogram;
}

}  // namespace p5
