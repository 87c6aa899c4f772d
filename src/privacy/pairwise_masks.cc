#include "privacy/pairwise_masks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace p5 {

FixedPoint::FixedPoint(double range, std::int64_t addends)
    : range_(range), scale_((0x1p31 - 1) / (range * static_cast<double>(std::max<std::int64_t>(addends, 1)) + range)) {}

std::size_t FixedPoint::add(std::span<const float> update, std::span<std::uint32_t> sum) const {
  std::size_t cut = 0;
  for (std::size_t i = 0; i < update.size(); ++i) {
    const double value = std::clamp(static_cast<double>(update[i]), -range_, range_);
    cut += value != static_cast<double>(update[i]);
    sum[i] += static_cast<std::uint32_t>(static_cast<std::int32_t>(std::lrint(value * scale_)));
  }
  return cut;
}

void FixedPoint::read(std::span<const std::uint32_t> sum, std::span<float> values) const {
  for (std::size_t i = 0; i < sum.size(); ++i) {
    values[i] = static_cast<float>(static_cast<double>(static_cast<std::int32_t>(sum[i])) / scale_);
  }
}

PairwiseMasks::PairwiseMasks(const ChaChaKey& round_key, std::vector<std::int64_t> clients)
    : key_(round_key), clients_(std::move(clients)) {}

void PairwiseMasks::add_pair(std::int64_t from, std::int64_t with, bool reverse,
                             std::span<std::uint32_t> values) const {
  constexpr std::size_t kChunk = 4096;
  std::array<std::uint32_t, kChunk> words;
  ChaChaStream stream(derived_key(key_, fmt::format("pair {} {}", std::min(from, with), std::max(from, with))));
  const bool adds = (from < with) != reverse;
  for (std::size_t begin = 0; begin < values.size(); begin += kChunk) {
    const std::size_t count = std::min(kChunk, values.size() - begin);
    stream.fill(std::span(words).first(count));
    for (std::size_t i = 0; i < count; ++i) values[begin + i] += adds ? words[i] : 0u - words[i];
  }
}

void PairwiseMasks::mask(std::int64_t client, std::span<std::uint32_t> update) const {
  for (const std::int64_t other : clients_) {
    if (other != client) add_pair(client, other, false, update);
  }
}

void PairwiseMasks::unmask(std::int64_t lost, std::span<const std::int64_t> sent, std::span<std::uint32_t> sum) const {
  for (const std::int64_t client : sent) add_pair(client, lost, true, sum);
}

}  // namespace p5
