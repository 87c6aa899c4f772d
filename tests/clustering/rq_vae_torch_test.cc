#include "clustering/rq_vae.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
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

}  // namespace
}  // namespace p5
