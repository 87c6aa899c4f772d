#include "nn/layer_team.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/rng.h"
#include "nn/matrix_product.h"
#include "nn/softmax_loss_kernel.h"
#include "nn/turns.h"

namespace p5 {
namespace {

class LayerTeamTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  void TearDown() override { set_layer_threads(1); }
};

TEST_P(LayerTeamTest, TouchesEveryIndexOnce) {
  set_layer_threads(GetParam());
  EXPECT_EQ(layer_threads(), GetParam());
  std::vector<std::atomic<int>> touched(100);
  for_each_on_team(100, [&](std::int64_t index) {
    for_each_on_team(2, [&](std::int64_t) { ++touched[static_cast<std::size_t>(index)]; });  // runs where it is
  });
  for (const auto& count : touched) EXPECT_EQ(count, 2);
}

TEST_P(LayerTeamTest, AllThreadsWork) {
  set_layer_threads(GetParam());
  const auto threads = static_cast<std::int64_t>(GetParam());
  std::atomic<std::int64_t> begun = 0;
  std::vector<std::thread::id> ids(GetParam());
  for_each_on_team(threads, [&](std::int64_t index) {
    ids[static_cast<std::size_t>(index)] = std::this_thread::get_id();
    ++begun;
    while (begun < threads) std::this_thread::yield();  // nobody does two
  });
  EXPECT_EQ(std::set<std::thread::id>(ids.begin(), ids.end()).size(), GetParam());
}

TEST_P(LayerTeamTest, HelpersPackAsExactlyAsTheCaller) {
  set_layer_threads(GetParam());
  const MatrixPrecisionScope scope(MatrixPrecision::kMedium);
  std::atomic<int> wrong = 0;
  for_each_on_team(64, [&](std::int64_t) { wrong += matrix_precision() != MatrixPrecision::kMedium; });
  EXPECT_EQ(wrong, 0);
}

TEST_P(LayerTeamTest, SumsTakeChunksInTheirOrder) {
  set_layer_threads(GetParam());
  constexpr std::int64_t kChunks = 40, kSteps = 5;
  std::vector<std::vector<std::int64_t>> order(kSteps);
  for (int round = 0; round < 20; ++round) {
    Turns turns(kChunks);
    for (auto& step : order) step.clear();
    for_each_on_team(kChunks, [&](std::int64_t chunk) {
      const Turn turn(turns, chunk);
      for (std::int64_t step = 0; step < kSteps; ++step) {
        if (chunk % 3 == 0) std::this_thread::yield();
        const InTurn section(&turn, step);
        order[static_cast<std::size_t>(step)].push_back(chunk);
      }
    });
    for (const auto& step : order) {
      ASSERT_EQ(step.size(), static_cast<std::size_t>(kChunks));
      EXPECT_TRUE(std::is_sorted(step.begin(), step.end()));
    }
  }
}

TEST_P(LayerTeamTest, AChunkThatFailsKeepsNobodyWaiting) {
  set_layer_threads(GetParam());
  Turns turns(20);
  const auto fail = [&] {
    for_each_on_team(20, [&](std::int64_t chunk) {
      const Turn turn(turns, chunk);
      const InTurn first(&turn, 0);
      if (chunk == 3) throw std::runtime_error("no memory");
    });
  };
  EXPECT_THROW(fail(), std::runtime_error);
  std::atomic<int> touched = 0;
  for_each_on_team(20, [&](std::int64_t) { ++touched; });
  EXPECT_EQ(touched, 20);
}

// Cross entropy on memory, without libtorch, so that the thread sanitizer sees the layers.
TEST_P(LayerTeamTest, CrossEntropyIsTheSameToTheLastBit) {
  constexpr std::int64_t kRows = 200, kItems = 2100, kWidth = 24;
  Rng rng(4, "cross entropy");
  const auto draw = [&](std::int64_t count) {
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = static_cast<float>(rng.normal() * 0.5);
    return values;
  };
  const std::vector<float> states = draw(kRows * kWidth), output = draw(kItems * kWidth), slopes = draw(kRows);
  std::vector<std::int64_t> labels;
  for (std::int64_t row = 0; row < kRows; ++row) labels.push_back(row * 31 % kItems);
  const auto results = [&](std::size_t threads) {
    set_layer_threads(threads);
    SoftmaxLossKernel kernel;
    std::vector<float> losses(kRows), log_sums(kRows), of_states(states.size()), of_output(output.size());
    const SoftmaxLossKernel::Problem problem = {kRows, kItems, kWidth, states.data(), output.data(), labels.data()};
    kernel.losses(problem, losses.data(), log_sums.data());
    kernel.gradients(problem, log_sums.data(), {slopes.data(), of_states.data(), of_output.data()});
    for (const auto* more : {&log_sums, &of_states, &of_output}) {
      losses.insert(losses.end(), more->begin(), more->end());
    }
    return losses;
  };
  EXPECT_EQ(results(GetParam()), results(1));
}

INSTANTIATE_TEST_SUITE_P(Threads, LayerTeamTest, ::testing::Values(1, 2, 4, 8));

}  // namespace
}  // namespace p5
