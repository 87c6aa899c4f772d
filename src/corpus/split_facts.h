// What is often asked of a split as a whole. Thread-safe: free functions.
#pragma once

#include <cstdint>
#include <vector>

#include "corpus/split.h"

namespace p5 {

// The users who have a target in `part`, ascending (Split::target_of).
std::vector<UserId> users_with_target(const Split& split, Part part);

// [item_count] how many events of the train part each item has.
std::vector<std::uint32_t> train_counts(const Split& split);

}  // namespace p5
