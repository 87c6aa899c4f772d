#include "base/logger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "base/status_line.h"

namespace p5 {
namespace {

template <typename Action>
std::string stderr_of(Action action) {
  testing::internal::CaptureStderr();
  action();
  return testing::internal::GetCapturedStderr();
}

TEST(Logger, TextAndLevels) {
  EXPECT_EQ(stderr_of([] { log_warning("disk {} is full"); }), "warning: disk {} is full\n");
  set_log_level(LogLevel::kError);
  EXPECT_EQ(stderr_of([] { log_warning("quiet"); }), "");
  EXPECT_EQ(stderr_of([] { log_error("loud"); }), "error: loud\n");
  set_log_level(LogLevel::kOff);
  EXPECT_EQ(stderr_of([] { log_error("quiet"); }), "");
  set_log_level(LogLevel::kInfo);
}

TEST(Logger, JsonIsOneObjectALineWhateverTheBytes) {
  set_log_format(LogFormat::kJson);
  const std::string line = stderr_of([] { log_info("a \"quote\"\nand \xff"); });
  set_log_format(LogFormat::kText);
  ASSERT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  const auto object = nlohmann::json::parse(line);
  EXPECT_EQ(object.at("level"), "info");
  EXPECT_THAT(object.at("message").get<std::string>(), testing::StartsWith("a \"quote\"\nand "));
}

TEST(Logger, FieldsAreThereForProgramsOnly) {
  const auto log = [] { log_info("step 5", {{"step", 5}, {"loss", 2.5}, {"metric", "ndcg@10"}}); };
  EXPECT_EQ(stderr_of(log), "info: step 5\n");
  set_log_format(LogFormat::kJson);
  const auto object = nlohmann::json::parse(stderr_of(log));
  set_log_format(LogFormat::kText);
  EXPECT_EQ(object, (nlohmann::json{
                        {"level", "info"}, {"message", "step 5"}, {"step", 5}, {"loss", 2.5}, {"metric", "ndcg@10"}}));
}

TEST(Logger, AProgressBarIsErasedBeforeAMessageAndDrawnAfterIt) {
  EXPECT_EQ(stderr_of([] {
              StatusLine::show("train [=> ]");
              log_info("step 5");
              StatusLine::clear();
              log_info("done");
            }),
            "\r\033[Ktrain [=> ]\r\033[Kinfo: step 5\ntrain [=> ]\r\033[Kinfo: done\n");
}

}  // namespace
}  // namespace p5
