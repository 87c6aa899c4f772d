#include "privacy/pairwise_masks.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"

namespace p5 {
namespace {

constexpr std::size_t kSize = 10007;

std::vector<std::vector<float>> updates_of(std::size_t clients) {
  Rng rng(3, "updates");
  std::vector<std::vector<float>> updates(clients, std::vector<float>(kSize));
  for (auto& update : updates) {
    for (float& value : update) value = static_cast<float>(0.1 * rng.normal());
  }
  return updates;
}

struct Sent {
  std::vector<std::uint32_t> plain, masked, first;
};

Sent send(const std::vector<std::vector<float>>& updates, const PairwiseMasks& masks, const FixedPoint& numbers,
          const std::vector<std::int64_t>& senders) {
  Sent sent{std::vector<std::uint32_t>(kSize), std::vector<std::uint32_t>(kSize), {}};
  for (const std::int64_t client : senders) {
    std::vector<std::uint32_t> one(kSize);
    numbers.add(updates[static_cast<std::size_t>(client)], one);
    for (std::size_t i = 0; i < kSize; ++i) sent.plain[i] += one[i];
    masks.mask(client, one);
    for (std::size_t i = 0; i < kSize; ++i) sent.masked[i] += one[i];
    if (sent.first.empty()) sent.first = one;
  }
  return sent;
}

TEST(PairwiseMasks, MaskedSumsEqualPlainOnesInEveryBit) {
  const auto updates = updates_of(5);
  const FixedPoint numbers(8, 5);
  const PairwiseMasks masks(public_key(1, "round"), {0, 1, 2, 3, 4});
  const Sent sent = send(updates, masks, numbers, {0, 1, 2, 3, 4});
  EXPECT_EQ(sent.plain, sent.masked);
  std::vector<float> sum(kSize);
  numbers.read(sent.masked, sum);
  for (std::size_t i = 0; i < kSize; ++i) {
    double exact = 0;
    for (const auto& update : updates) exact += update[i];
    ASSERT_NEAR(sum[i], exact, 5 * numbers.step());
  }
}

// What one client sends is spread over all numbers: it says nothing of the update, whose values are near 0.
TEST(PairwiseMasks, OneMaskedUpdateLooksLikeNoise) {
  const auto updates = updates_of(3);
  const Sent sent = send(updates, PairwiseMasks(public_key(1, "round"), {0, 1, 2}), FixedPoint(8, 3), {0, 1, 2});
  double mean = 0;
  for (const std::uint32_t word : sent.first) mean += static_cast<double>(word) * 0x1p-32 / kSize;
  EXPECT_NEAR(mean, 0.5, 5 / std::sqrt(12.0 * kSize));
}

TEST(PairwiseMasks, LostClientsAreTakenOut) {
  const auto updates = updates_of(6);
  const FixedPoint numbers(8, 6);
  const PairwiseMasks masks(public_key(9, "round"), {0, 1, 2, 3, 4, 5});
  const std::vector<std::int64_t> senders = {0, 2, 5};
  Sent sent = send(updates, masks, numbers, senders);
  EXPECT_NE(sent.plain, sent.masked);
  for (const std::int64_t lost : {1, 3, 4}) masks.unmask(lost, senders, sent.masked);
  EXPECT_EQ(sent.plain, sent.masked);
}

TEST(FixedPoint, CutsWhatIsBeyondItsRange) {
  const FixedPoint numbers(1, 2);
  const std::vector<float> update = {0.5f, 7.0f, -7.0f};
  std::vector<std::uint32_t> sum(3);
  EXPECT_EQ(numbers.add(update, sum), 2u);
  EXPECT_EQ(numbers.add(update, sum), 2u);
  std::vector<float> values(3);
  numbers.read(sum, values);
  EXPECT_NEAR(values[0], 1, 1e-6);
  EXPECT_NEAR(values[1], 2, 1e-6);
  EXPECT_NEAR(values[2], -2, 1e-6);
}

}  // namespace
}  // namespace p5
