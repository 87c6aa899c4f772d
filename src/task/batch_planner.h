// Groups rows into batches of similar source length. Targets are left mixed, so that every batch contains every task.
// Thread-safe: a free function.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace p5 {

struct RowLength {
  std::uint32_t source = 0, target = 0;  // tokens
};

// Sorts the rows by source and cuts them into batches of at most `budget` tokens: rows * longest source + all targets.
// A row above the budget gets a batch of its own. Within a batch rows are sorted by target, so that neighbors can be
// padded together (t5/target_runs.h). Every row is in exactly one batch. Batches come from short to long, equal lengths
// in the order given. Returns row numbers.
std::vector<std::vector<std::uint32_t>> plan_batches(std::span<const RowLength> rows, std::uint64_t budget);

}  // namespace p5
