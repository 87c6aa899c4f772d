#include "base/progress.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace p5 {
namespace {

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

TEST(Progress, ShortWorkAndSilencedWorkPrintNothing) {
  for (const ProgressMode mode : {ProgressMode::kOff, ProgressMode::kLines, ProgressMode::kBar}) {
    set_progress_mode(mode);
    testing::internal::CaptureStderr();
    {
      Progress progress("reading", 1000, "lines");
      std::vector<std::thread> threads;
      for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
          for (int j = 0; j < 250; ++j) progress.advance();
        });
      }
      for (auto& thread : threads) thread.join();
      progress.note("loss 1.5");
      progress.finish();
      progress.finish();
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  }
  set_progress_mode(ProgressMode::kAuto);
}

}  // namespace
}  // namespace p5
