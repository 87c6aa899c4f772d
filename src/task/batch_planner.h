// Which rows share a batch: rows whose sources are of like length, with targets of all lengths, so that every batch has
// its share of every task. Thread-safe: a free function.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace p5 {

struct RowLength {
  std::uint32_t source = 0, target = 0;  // tokens
};

// Sorts the rows by source and cuts them into batches whose tokens, rows * longest source + all targets, stay within
// `budget`; a row above it gets a batch of its own. Inside a batch rows stand by target, so that neighbours can be
// padded together (t5/target_runs.h). Every row stands in exactly one batch; batches come from short to long, equal
// lengths in the order given. Returns row numbers.
std::vector<std::vector<std::uint32_t>> plan_batches(std::span<const RowLength> rows, std::uint64_t budget);

}  // namespace p5
