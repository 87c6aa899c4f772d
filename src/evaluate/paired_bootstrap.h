// The interval of a difference between two rows by resampling the questions (Efron 1979; paired: both rows keep the
// same questions), for scores whose distribution is far from normal, as most users have an NDCG of 0. Thread-safe: free
// functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace p5 {

struct BootstrapInterval {
  double difference = 0;     // ours - theirs, of the means
  double low = 0, high = 0;  // the middle 95% of the resampled differences

  bool is_significant() const { return low > 0 || high < 0; }
};

// The interval of a difference from its resampled values, at least one.
BootstrapInterval bootstrap_interval(double difference, std::vector<double> resampled);

// REQUIRES equally many scores of both. With none, all is 0.
BootstrapInterval paired_bootstrap(std::span<const double> ours, std::span<const double> theirs,
                                   std::size_t resamples = 1000, std::uint64_t seed = 2022);

}  // namespace p5
