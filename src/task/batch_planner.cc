#include "task/batch_planner.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace p5 {

std::vector<std::vector<std::uint32_t>> plan_batches(std::span<const RowLength> rows, std::uint64_t budget) {
  std::vector<std::uint32_t> order(rows.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tuple(rows[a].source, rows[a].target, a) < std::tuple(rows[b].source, rows[b].target, b);
  });

  std::vector<std::vector<std::uint32_t>> batches;
  RowLength longest;
  for (const std::uint32_t row : order) {
    const RowLength grown = {std::max(longest.source, rows[row].source), std::max(longest.target, rows[row].target)};
    const bool fits =
        !batches.empty() && (batches.back().size() + 1) * (std::uint64_t{grown.source} + grown.target) <= budget;
    longest = fits ? grown : rows[row];
    if (!fits) batches.emplace_back();
    batches.back().push_back(row);
  }
  return batches;
}

}  // namespace p5
