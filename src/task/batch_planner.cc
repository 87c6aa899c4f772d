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
  std::uint64_t targets = 0;  // tokens of the last batch
  for (const std::uint32_t row : order) {
    // In this order the newest row has the longest source.
    const std::uint64_t with_it = targets + rows[row].target;
    if (batches.empty() || (batches.back().size() + 1) * std::uint64_t{rows[row].source} + with_it > budget) {
      batches.emplace_back();
      targets = 0;
    }
    batches.back().push_back(row);
    targets += rows[row].target;
  }
  for (std::vector<std::uint32_t>& batch : batches) {
    std::sort(batch.begin(), batch.end(), [&](std::uint32_t a, std::uint32_t b) {
      return std::tuple(rows[a].target, rows[a].source, a) < std::tuple(rows[b].target, rows[b].source, b);
    });
  }
  return batches;
}

}  // namespace p5
