#include "base/progress_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text_layout.h"

namespace p5 {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ProgressState resumed() {
  return {
      .label = "train", .unit = "steps", .note = "loss 4.980", .done = 210, .before = 110, .total = 560, .seconds = 10};
}

TEST(FormatDuration, ChangesUnitWithLength) {
  EXPECT_EQ(format_duration(0), "0.0s");
  EXPECT_EQ(format_duration(0.44), "0.4s");
  EXPECT_EQ(format_duration(59.4), "59s");
  EXPECT_EQ(format_duration(59.6), "1m 00s");
  EXPECT_EQ(format_duration(100), "1m 40s");
  EXPECT_EQ(format_duration(3599.6), "1h 00m");
  EXPECT_EQ(format_duration(7500), "2h 05m");
  EXPECT_EQ(format_duration(360'000), "100h 00m");
}

TEST(ProgressText, TheRateIsThatOfThisRunAndTheShareThatOfTheWhole) {
  EXPECT_EQ(progress_line(resumed()), "train 210/560 steps (38%), 10/s, 35s left, loss 4.980");
  EXPECT_EQ(progress_summary(resumed()), "train: 210/560 steps in 10s (10/s), loss 4.980");
}

TEST(ProgressText, WithoutATotalThereIsNoShare) {
  const ProgressState state{.label = "read", .unit = "lines", .done = 2'000'000, .seconds = 1};
  EXPECT_EQ(progress_line(state), "read 2000000 lines, 2.0M/s, 1.0s");
  EXPECT_EQ(progress_bar(state, 79), "read  2000000 lines  2.0M/s  1.0s");
}

TEST(ProgressText, WithoutARateThereIsNoTimeLeft) {
  ProgressState state = resumed();
  state.done = state.before;
  EXPECT_EQ(progress_line(state), "train 110/560 steps (20%), 0.0/s, loss 4.980");
}

TEST(ProgressText, ABarFillsWithTheShare) {
  EXPECT_EQ(progress_bar(resumed(), 99),
            "train [===========>                  ]  38%  210/560 steps  10/s  35s left  loss 4.980");
  ProgressState state = resumed();
  state.done = 560;
  EXPECT_THAT(progress_bar(state, 99), HasSubstr("[==============================] 100%"));
  state.done = 600;  // more than was planned
  EXPECT_THAT(progress_bar(state, 99), HasSubstr("] 100%"));
}

TEST(ProgressText, NarrowTerminalsLoseTheLeastImportantFirst) {
  EXPECT_THAT(progress_bar(resumed(), 60), Not(HasSubstr("10/s")));
  EXPECT_THAT(progress_bar(resumed(), 60), HasSubstr("loss 4.980"));
  EXPECT_EQ(progress_bar(resumed(), 40), "train [======>          ]  38%  35s left");
  EXPECT_EQ(progress_bar(resumed(), 22), "train  38%  35s left");
  for (std::size_t width = 1; width < 120; ++width) {
    EXPECT_LE(text_width(progress_bar(resumed(), width)), width);
  }
}

}  // namespace
}  // namespace p5
