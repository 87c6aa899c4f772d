// Random numbers that nobody can foretell who does not have the key: ChaCha20 (RFC 8439) as a stream. Noise, samples
// and masks of private training are drawn from it. One stream, one thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace p5 {

using ChaChaKey = std::array<std::uint32_t, 8>;

// Of the operating system's generator. Throws Unavailable (system) where it gives nothing.
ChaChaKey secret_key();
// A key that a number and a name decide: for experiments that have to repeat, and for parties that agree on `seed`.
ChaChaKey derived_key(const ChaChaKey& from, std::string_view name);
ChaChaKey public_key(std::uint64_t seed, std::string_view name);

class ChaChaStream {
 public:
  explicit ChaChaStream(const ChaChaKey& key, std::uint64_t nonce = 0) : key_(key), nonce_(nonce) {}

  void fill(std::span<std::uint32_t> words);
  // Uniform in [0, 1), of 53 bits.
  double uniform();
  // Adds independent Gaussian noise of this standard deviation to every value (Box and Muller 1958).
  void add_gaussian(std::span<float> values, double deviation);

 private:
  static constexpr std::size_t kLanes = 16;  // blocks made at once
  static constexpr std::size_t kWords = 16 * kLanes;
  void refill();

  ChaChaKey key_;
  std::uint64_t nonce_, block_ = 0;
  std::array<std::uint32_t, kWords> words_{};
  std::size_t used_ = kWords;
};

}  // namespace p5
