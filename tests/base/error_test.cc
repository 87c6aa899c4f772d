#include "p5/error.h"

#include <gtest/gtest.h>

#include <string>

namespace p5 {
namespace {

TEST(Error, MessageNamesWhatWhereExpectedAndGot) {
  const Error error = data_error("bad stars", {.where = "log.csv:7", .expected = "1 to 5", .got = "9"});
  EXPECT_STREQ(error.what(), "log.csv:7: bad stars: expected 1 to 5, got 9");
}

TEST(Error, EmptyPartsAreLeftOut) {
  EXPECT_STREQ(usage_error("no verb").what(), "no verb");
  EXPECT_STREQ(usage_error("no verb", {.where = "p5"}).what(), "p5: no verb");
  EXPECT_STREQ(usage_error("bad k", {.expected = "1 or more"}).what(), "bad k: expected 1 or more");
  EXPECT_STREQ(usage_error("bad k", {.got = "0"}).what(), "bad k: got 0");
}

TEST(Error, ExitCodesFollowTheSubject) {
  EXPECT_EQ(exit_code_of(usage_error("x")), 2);
  EXPECT_EQ(exit_code_of(not_found_error("x")), 2);
  EXPECT_EQ(exit_code_of(data_error("x")), 3);
  EXPECT_EQ(exit_code_of(model_error("x")), 4);
  EXPECT_EQ(exit_code_of(system_error("x")), 5);
  EXPECT_EQ(exit_code_of(Error(ErrorCode::kInternal, ErrorSubject::kData, "x")), 1);
}

TEST(Error, HttpStatusFollowsTheCode) {
  EXPECT_EQ(http_status_of(usage_error("x")), 400);
  EXPECT_EQ(http_status_of(not_found_error("x")), 404);
  EXPECT_EQ(http_status_of(data_error("x")), 500);
  EXPECT_EQ(http_status_of(Error(ErrorCode::kUnsupported, ErrorSubject::kRequest, "x")), 501);
  EXPECT_EQ(http_status_of(system_error("x")), 503);
}

TEST(Error, CodesHaveNames) {
  EXPECT_EQ(to_string(usage_error("x").code()), "InvalidArgument");
  EXPECT_EQ(to_string(not_found_error("x").code()), "NotFound");
  EXPECT_EQ(to_string(model_error("x").code()), "Corrupted");
  EXPECT_EQ(to_string(system_error("x").code()), "Unavailable");
  EXPECT_EQ(to_string(ErrorCode::kUnsupported), "Unsupported");
  EXPECT_EQ(to_string(ErrorCode::kInternal), "Internal");
}

}  // namespace
}  // namespace p5
