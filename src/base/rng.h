// A seeded generator whose streams are the same on every platform and whose state can be saved and restored.
// Not thread-safe: give each thread or purpose its own stream.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace p5 {

// xoshiro256** (Blackman and Vigna, 2018), seeded through splitmix64. The standard distributions differ between
// libraries, so those that p5 needs are members here.
class Rng {
 public:
  using State = std::array<std::uint64_t, 4>;

  // Streams with different names are independent under one seed, so that adding a consumer of random numbers does
  // not change the numbers of the others.
  Rng(std::uint64_t seed, std::string_view stream);

  std::uint64_t next();
  // Uniform in [0, bound), without modulo bias (Lemire 2019). REQUIRES bound > 0.
  std::uint64_t below(std::uint64_t bound);
  // Uniform in [0, 1) with 53 random bits.
  double uniform();
  // Standard normal, by Box and Muller; draws two numbers per call and keeps nothing, so that the state is complete.
  double normal();
  bool coin() { return (next() >> 63) != 0; }

  template <typename T>
  void shuffle(std::span<T> values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  State state_;
};

// A 64-bit hash that is stable across platforms and releases (it seeds streams and ids on disk).
std::uint64_t stable_hash(std::string_view text, std::uint64_t seed = 0);

}  // namespace p5
