// The inner loop of ranking by dot product: a tile of users against a panel of items, with the scores kept in registers
// and only those above a user's threshold stored. Thread-safe: functions over plain memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace p5 {

// `users` and `items` are packed: all numbers of the first dimension, then of the second, and so on. 64-byte aligned.
struct DotProductTile {
  const float* users = nullptr;  // [width, kernel.users]
  const float* items = nullptr;  // [width, kernel.items]
  std::size_t width = 0;
  const float* thresholds = nullptr;  // [kernel.users]
  std::uint32_t* hits = nullptr;      // [kernel.users]: bit i is set when item i scores above the threshold
  float* scores = nullptr;            // [kernel.users, kernel.items]; rows without a hit are left as they are
};

struct DotProductKernel {
  const char* name;
  std::size_t users, items;                 // extents of a tile; items at most 32
  bool (*run)(const DotProductTile& tile);  // whether any user has a hit; NaN never is one
};

// The kernels that this machine can run and the process may use, fastest first; the last one runs everywhere.
std::span<const DotProductKernel> dot_product_kernels();

}  // namespace p5
