// A seeded permutation of [0, size) that needs no memory: the value at any position can be computed at any time, so
// that an epoch can be resumed from a number. A plain value; thread-safe.
#pragma once

#include <array>
#include <cstdint>

namespace p5 {

// A balanced Feistel network over the next power of four, walked until the value falls into the range (Black and
// Rogaway, 2002). REQUIRES 0 < size < 2^62.
class Permutation {
 public:
  Permutation(std::uint64_t size, std::uint64_t seed);

  std::uint64_t operator()(std::uint64_t place) const;

 private:
  std::uint64_t size_;
  unsigned half_bits_;
  std::array<std::uint64_t, 6> keys_;
};

}  // namespace p5
