#include "clustering/rq_vae.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <vector>

#include "base/rng.h"
#include "nn/threads_module.h"

namespace p5 {
namespace {

// Eight well separated groups.
std::vector<float> grouped_points(std::size_t count) {
  Rng rng(1, "points");
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < 8; ++k) values.push_back(static_cast<float>((k == i % 8 ? 4 : 0) + 0.3 * rng.normal()));
  }
  return values;
}

const RqVaeOptions kSmall = {.levels = 2, .codes = 16, .latent = 4, .hidden = 32, .epochs = 60, .batch = 64};

TEST(RqVae, UsesItsCodesAndPutsNearPointsTogether) {
  const std::vector<float> values = grouped_points(400);
  const LevelCodes codes = rq_vae_codes({values, 8}, kSmall);
  for (const double share : code_usage(codes)) EXPECT_GE(share, 0.8);
  std::map<std::uint32_t, std::map<std::size_t, std::size_t>> groups;
  for (std::size_t i = 0; i < 400; ++i) ++groups[codes.of(i)[0]][i % 8];
  std::size_t pure = 0;
  for (const auto& [code, planted] : groups) {
    pure += std::ranges::max_element(planted, {}, [](const auto& entry) { return entry.second; })->second;
  }
  EXPECT_GE(pure, 360u) << "a first code stands for one group";
}

TEST(RqVae, IsTheSameForAnyNumberOfThreads) {
  const std::vector<float> values = grouped_points(200);
  set_training_threads(1);
  const LevelCodes one = rq_vae_codes({values, 8}, kSmall);
  set_training_threads(2);
  EXPECT_EQ(rq_vae_codes({values, 8}, kSmall).values, one.values);
}

// Anchors (1, 0) and (0, 1), partners (2, 0) and (1, 1), temperature 0.5. Cosines are 1 and sqrt(1/2), 0 and sqrt(1/2).
TEST(RqVae, TheContrastiveTermIsItsFormula) {
  const std::vector<float> anchors{1, 0, 0, 1}, partners{2, 0, 1, 1};
  const double half = std::sqrt(0.5) / 0.5;
  const double first = -std::log(std::exp(2.0) / (std::exp(2.0) + std::exp(half)));
  const double second = -std::log(std::exp(half) / (1 + std::exp(half)));
  EXPECT_NEAR(contrastive_loss({anchors, 2}, {partners, 2}, 0.5), (first + second) / 2, 1e-6);
}

// Points say nothing about who has which item; the contrastive term does.
// What items are had together says a faint part of the vectors, next to loud parts that say nothing of it: without the
// contrastive term codes follow the loud ones.
TEST(RqVae, ItemsThatUsersHaveTogetherGetLikeCodes) {
  Rng rng(5, "points");
  constexpr std::size_t kPoints = 240, kGroups = 6;
  std::vector<float> values;
  for (std::size_t i = 0; i < kPoints; ++i) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(i % kGroups) / kGroups;
    for (std::size_t k = 0; k < 6; ++k) values.push_back(static_cast<float>(rng.normal()));
    values.push_back(static_cast<float>(0.5 * std::cos(angle) + 0.02 * rng.normal()));
    values.push_back(static_cast<float>(0.5 * std::sin(angle) + 0.02 * rng.normal()));
  }
  std::vector<std::vector<ItemWeight>> rows(kPoints);
  for (std::uint32_t a = 0; a < kPoints; ++a) {
    for (std::uint32_t b = a % kGroups; b < kPoints; b += kGroups) {
      if (a != b) rows[a].push_back({b, 1.0f});
    }
  }
  const SparseRows together(rows);
  const auto sharing = [&](double contrast) {
    RqVaeOptions options = kSmall;
    options.contrast = contrast;
    options.together = &together;
    const LevelCodes codes = rq_vae_codes({values, 8}, options);
    std::size_t equal = 0, pairs = 0;
    for (std::size_t a = 0; a < kPoints; ++a) {
      for (std::size_t b = a + kGroups; b < kPoints; b += kGroups, ++pairs) equal += codes.of(a)[0] == codes.of(b)[0];
    }
    return static_cast<double>(equal) / static_cast<double>(pairs);
  };
  EXPECT_GT(sharing(1.0), 2 * sharing(0.0));
}

}  // namespace
}  // namespace p5
