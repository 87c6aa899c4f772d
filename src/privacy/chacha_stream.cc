#include "privacy/chacha_stream.h"

#include <sys/random.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numbers>

#include "base/digest.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::array<std::uint32_t, 4> kConstants = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

ChaChaKey key_of_hash(const std::string& hexadecimal) {
  ChaChaKey key{};
  for (std::size_t i = 0; i < key.size(); ++i) {
    key[i] = static_cast<std::uint32_t>(std::stoul(hexadecimal.substr(8 * i, 8), nullptr, 16));
  }
  return key;
}

// Uniform in (0, 1], of 32 bits: never 0, whose logarithm is infinite.
float positive(std::uint32_t word) { return (static_cast<float>(word >> 8) + 1.0f) * 0x1p-24f; }

}  // namespace

ChaChaKey secret_key() {
  ChaChaKey key{};
  if (::getrandom(key.data(), sizeof key, 0) == static_cast<ssize_t>(sizeof key)) return key;
  throw system_error("the operating system gives no random numbers", {.where = "getrandom", .expected = "32 bytes"});
}

ChaChaKey derived_key(const ChaChaKey& from, std::string_view name) {
  std::string text(reinterpret_cast<const char*>(from.data()), sizeof from);
  return key_of_hash(sha256_hex(text.append(name)));
}

ChaChaKey public_key(std::uint64_t seed, std::string_view name) {
  return key_of_hash(sha256_hex("p5 " + std::to_string(seed) + " " + std::string(name)));
}

// Lane by lane the block function of RFC 8439, section 2.3, with a counter of 64 bits and a nonce of 64 bits; the
// compiler makes vectors of the lanes.
void ChaChaStream::refill() {
  using Row = std::array<std::uint32_t, kLanes>;
  std::array<Row, 16> state, start;
  const auto set = [&](std::size_t row, std::uint32_t value) { start[row].fill(value); };
  for (std::size_t i = 0; i < 4; ++i) set(i, kConstants[i]);
  for (std::size_t i = 0; i < 8; ++i) set(4 + i, key_[i]);
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const std::uint64_t counter = block_ + lane;
    start[12][lane] = static_cast<std::uint32_t>(counter);
    start[13][lane] = static_cast<std::uint32_t>(counter >> 32);
  }
  set(14, static_cast<std::uint32_t>(nonce_));
  set(15, static_cast<std::uint32_t>(nonce_ >> 32));
  state = start;
  const auto quarter = [&state](std::size_t a, std::size_t b, std::size_t c, std::size_t d) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      std::uint32_t x = state[a][lane], y = state[b][lane], z = state[c][lane], w = state[d][lane];
      x += y, w = std::rotl(w ^ x, 16);
      z += w, y = std::rotl(y ^ z, 12);
      x += y, w = std::rotl(w ^ x, 8);
      z += w, y = std::rotl(y ^ z, 7);
      state[a][lane] = x, state[b][lane] = y, state[c][lane] = z, state[d][lane] = w;
    }
  };
  for (int round = 0; round < 10; ++round) {
    for (std::size_t i = 0; i < 4; ++i) quarter(i, 4 + i, 8 + i, 12 + i);
    for (std::size_t i = 0; i < 4; ++i) quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
  }
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    for (std::size_t row = 0; row < 16; ++row) words_[16 * lane + row] = state[row][lane] + start[row][lane];
  }
  block_ += kLanes;
  used_ = 0;
}

void ChaChaStream::fill(std::span<std::uint32_t> words) {
  while (!words.empty()) {
    if (used_ == kWords) refill();
    const std::size_t count = std::min(words.size(), kWords - used_);
    std::memcpy(words.data(), words_.data() + used_, count * sizeof(std::uint32_t));
    used_ += count;
    words = words.subspan(count);
  }
}

double ChaChaStream::uniform() {
  std::array<std::uint32_t, 2> words{};
  fill(words);
  const std::uint64_t bits = (static_cast<std::uint64_t>(words[0]) << 32 | words[1]) >> 11;
  return static_cast<double>(bits) * 0x1p-53;
}

void ChaChaStream::add_gaussian(std::span<float> values, double deviation) {
  constexpr std::size_t kPairs = 128;
  std::array<std::uint32_t, 2 * kPairs> words;
  const auto scale = static_cast<float>(deviation);
  for (std::size_t begin = 0; begin < values.size(); begin += 2 * kPairs) {
    fill(words);
    std::array<float, 2 * kPairs> noise;
    for (std::size_t i = 0; i < kPairs; ++i) {
      const float radius = scale * std::sqrt(-2.0f * std::log(positive(words[i])));
      const float angle = 2.0f * std::numbers::pi_v<float> * positive(words[kPairs + i]);
      noise[i] = radius * std::cos(angle);
      noise[kPairs + i] = radius * std::sin(angle);
    }
    const std::size_t count = std::min(values.size() - begin, 2 * kPairs);
    for (std::size_t i = 0; i < count; ++i) values[begin + i] += noise[i];
  }
}

}  // namespace p5
