#include "base/tenths.h"

#include <algorithm>
#include <cmath>

namespace p5 {
namespace {

constexpr std::size_t kGroups = 10;

}  // namespace

std::vector<double> edges_of_tenths(std::vector<double> numbers) {
  std::erase_if(numbers, [](double number) { return !std::isfinite(number); });
  std::ranges::sort(numbers);
  std::vector<double> edges;
  for (std::size_t group = 1; group < kGroups && !numbers.empty(); ++group) {
    const double edge = numbers[group * numbers.size() / kGroups];
    if (edge > (edges.empty() ? numbers.front() : edges.back())) edges.push_back(edge);
  }
  return edges;
}

std::size_t tenth_of(double number, std::span<const double> edges) {
  return static_cast<std::size_t>(std::ranges::upper_bound(edges, number) - edges.begin());
}

}  // namespace p5
