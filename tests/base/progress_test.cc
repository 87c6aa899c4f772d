#include "base/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/logger.h"

namespace p5 {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

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

// Work of a little more than two seconds, so that something is drawn.
template <typename Action>
std::string drawn_in(ProgressMode mode, Action action) {
  set_progress_mode(mode);
  testing::internal::CaptureStderr();
  action();
  set_progress_mode(ProgressMode::kAuto);
  return testing::internal::GetCapturedStderr();
}

void wait_for_the_first_drawing() { std::this_thread::sleep_for(std::chrono::milliseconds(2050)); }

TEST(Progress, LongWorkHasABarAndAMessageIsNeverGluedToIt) {
  const std::string text = drawn_in(ProgressMode::kBar, [] {
    Progress progress("train", 560, "steps", 110);
    wait_for_the_first_drawing();
    progress.advance(100);
    log_info("step 210");
    {
      Progress part("evaluate", 10, "users");
      part.advance(10);
    }
    progress.finish();
  });
  EXPECT_THAT(text, HasSubstr("\r\033[Ktrain ["));
  EXPECT_THAT(text, HasSubstr("210/560 steps"));
  EXPECT_THAT(text, HasSubstr("\r\033[Kinfo: step 210\ntrain ["));
  EXPECT_THAT(text, HasSubstr("\r\033[Ktrain: 210/560 steps in 2"));
  EXPECT_THAT(text, Not(HasSubstr("evaluate"))) << "it took no two seconds";
}

TEST(Progress, ElsewhereThereAreLinesWithoutControlCharacters) {
  const std::string text = drawn_in(ProgressMode::kLines, [] {
    Progress progress("train", 560, "steps");
    wait_for_the_first_drawing();
    progress.advance(280);
  });
  EXPECT_THAT(text, MatchesRegex("train 280/560 steps \\(50%\\), .*/s, .*s left\ntrain: 280/560 steps in .*\n"));
}

TEST(Progress, LinesOfAJsonLogAreObjects) {
  set_log_format(LogFormat::kJson);
  const std::string text = drawn_in(ProgressMode::kLines, [] {
    Progress progress("train", 560, "steps");
    wait_for_the_first_drawing();
    progress.advance(280);
  });
  set_log_format(LogFormat::kText);
  const auto first = nlohmann::json::parse(text.substr(0, text.find('\n')));
  EXPECT_EQ(first.at("progress"), "train");
  EXPECT_EQ(first.at("done"), 280);
  EXPECT_EQ(first.at("total"), 560);
}

TEST(Progress, WorkThatFailedLeavesNoLine) {
  const std::string text = drawn_in(ProgressMode::kBar, [] {
    try {
      Progress progress("train", 560, "steps");
      wait_for_the_first_drawing();
      progress.advance(100);
      throw std::runtime_error("disk full");
    } catch (const std::runtime_error&) {
    }
  });
  EXPECT_THAT(text, EndsWith("\r\033[K"));
  EXPECT_THAT(text, Not(HasSubstr("train:")));
}

}  // namespace
}  // namespace p5
