// How often each rating was given: real values where they are few, ranges of equal width otherwise. A plain value;
// thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace p5 {

struct RatingBin {
  double from = 0, to = 0;  // equal: one value; else from <= rating < to, the last range with its end
  std::uint64_t count = 0;

  std::string name() const;  // "3.5", "10 to 20"
};

struct RatingHistogram {
  static constexpr std::size_t kMostValues = 12;

  // NaN = no rating. At most kMostValues bins, from low to high; empty without ratings.
  static RatingHistogram of(std::span<const float> ratings);

  std::vector<RatingBin> bins;
  std::uint64_t count = 0;
};

}  // namespace p5
