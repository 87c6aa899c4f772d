// Which rows share a batch: rows of like length, up to a budget of padded tokens. Thread-safe: a free function.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace p5 {

struct RowLength {
  std::uint32_t source = 0, target = 0;  // tokens
};

// Sorts the rows by length and cuts them into batches whose rows times (longest source + longest target) stay within
// `budget`; a row above it gets a batch of its own. Every row stands in exactly one batch; batches come from short to
// long, equal lengths in the order given. Returns row numbers.
std::vector<std::vector<std::uint32_t>> plan_batches(std::span<const RowLength> rows, std::uint64_t budget);

}  // namespace p5
