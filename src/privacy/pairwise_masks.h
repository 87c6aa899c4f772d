// A sum that shows no addend: clients add masks to what they send, and the masks of every two clients cancel in the sum
// (Bonawitz et al. 2017, "Practical secure aggregation for privacy-preserving machine learning"). The agreement on
// seeds is simulated: both ends derive the seed of a pair from one key. Numbers are fixed-point, modulo 2^32, so that
// the sum of masked updates equals the sum of plain ones in every bit. A client that is lost after the agreement leaves
// masks in the sum; the others then give the seeds that they share with it. The protocol's second masks and its
// secret-shared seeds, which guard against a server that only claims a loss, are not simulated. Not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "privacy/chacha_stream.h"

namespace p5 {

// Fixed-point numbers of a sum of at most `addends` updates whose values are in [-range, range]; values beyond are cut.
class FixedPoint {
 public:
  FixedPoint(double range, std::int64_t addends);

  // Adds the update to `sum`, modulo 2^32. Returns how many values were cut.
  std::size_t add(std::span<const float> update, std::span<std::uint32_t> sum) const;
  void read(std::span<const std::uint32_t> sum, std::span<float> values) const;
  double step() const { return 1 / scale_; }  // between two numbers

 private:
  double range_, scale_;
};

class PairwiseMasks {
 public:
  // `clients`: those that agreed on masks this round, each once. `round_key` stands for what they agreed on.
  PairwiseMasks(const ChaChaKey& round_key, std::vector<std::int64_t> clients);

  // What `client` sends: its update and, for every other client, the mask of the two, added by the one with the lower
  // number and subtracted by the other.
  void mask(std::int64_t client, std::span<std::uint32_t> update) const;
  // Takes out of the sum of those who sent the masks that they share with `lost`.
  void unmask(std::int64_t lost, std::span<const std::int64_t> sent, std::span<std::uint32_t> sum) const;

 private:
  void add_pair(std::int64_t from, std::int64_t with, bool reverse, std::span<std::uint32_t> values) const;

  ChaChaKey key_;
  std::vector<std::int64_t> clients_;
};

}  // namespace p5
