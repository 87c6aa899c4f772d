#include "bench/measure.h"

#include <gtest/gtest.h>

#include <thread>

#include "p5/error.h"

namespace p5 {
namespace {

TEST(Measure, MedianIsTheMiddle) {
  EXPECT_EQ(median({3}), 3);
  EXPECT_EQ(median({9, 1, 5}), 5);
  EXPECT_EQ(median({4, 1, 3, 2}), 3);
}

TEST(Measure, EveryRoundIsTimed) {
  int calls = 0;
  const auto seconds = time_rounds(3, [&] {
    ++calls;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  });
  EXPECT_EQ(calls, 3);
  ASSERT_EQ(seconds.size(), 3u);
  for (const double each : seconds) EXPECT_GE(each, 0.002);
}

TEST(Measure, MemoryIsThatOfThisProcess) {
  const double before = peak_memory_mb();
  EXPECT_GT(before, 1);
  std::vector<char> block(64u << 20, 1);
  EXPECT_GT(peak_memory_mb(), before + 32 * (block.back() == 1));
}

TEST(Measure, WorkThatCannotFitIsRefused) {
  require_memory(1);
  EXPECT_THROW(require_memory(1e18), Error);
}

}  // namespace
}  // namespace p5
