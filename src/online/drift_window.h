// How far the newest values are from those of a reference, by the population stability index over bins:
// PSI = sum over bins of (a - e) ln(a / e), with a and e the shares of the bin in both (Siddiqi, Credit Risk
// Scorecards, 2006, who takes 0.1 for a small and 0.25 for a great change). Half a value is added to each bin, so that
// empty ones have a logarithm. Memory is that of the window; adding is O(1). Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace p5 {

class DriftWindow {
 public:
  // Holds the newest `most` values.
  explicit DriftWindow(std::size_t most) : most_(most) {}

  // What the reference counts in each bin, at most 256 bins; values that were added are forgotten.
  void compare_with(std::vector<double> reference);
  // REQUIRES bin < bins().
  void add(std::size_t bin);

  std::size_t bins() const { return reference_.size(); }
  std::size_t values() const { return ring_.size(); }
  // None without a reference, or without values.
  std::optional<double> index() const;
  struct Bin {
    double expected = 0, live = 0;  // shares of the reference and of the window; 0 where that is empty
  };
  std::vector<Bin> shares() const;

 private:
  std::size_t most_;
  std::vector<double> reference_;
  std::vector<std::uint64_t> counts_;
  std::vector<std::uint8_t> ring_;  // of bins; full: `next_` is the oldest
  std::size_t next_ = 0;
};

}  // namespace p5
