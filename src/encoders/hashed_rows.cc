#include "encoders/hashed_rows.h"

#include <cassert>
#include <numeric>

namespace p5 {

std::vector<std::int64_t> hashed_rows(std::span<const std::uint64_t> names, std::int64_t rows, std::int64_t hashes) {
  assert(hashes <= rows);
  const auto count = static_cast<std::uint64_t>(rows);
  std::vector<std::int64_t> found;
  found.reserve(names.size() * static_cast<std::size_t>(hashes));
  for (const std::uint64_t name : names) {
    // The halves of a 64-bit hash are independent.
    std::uint64_t row = (name & 0xffffffffU) % count, step = count == 1 ? 1 : 1 + (name >> 32) % (count - 1);
    while (std::gcd(step, count) != 1) ++step;  // so that no row comes twice before all have come
    for (std::int64_t i = 0; i < hashes; ++i, row = (row + step) % count)
      found.push_back(static_cast<std::int64_t>(row));
  }
  return found;
}

}  // namespace p5
