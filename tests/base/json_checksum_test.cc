#include "base/json_checksum.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace p5 {
namespace {

TEST(JsonChecksum, IgnoresItselfAndTheOrderOfFields) {
  const auto a = nlohmann::json::parse(R"({"one": 1, "two": [2.5, "x"]})");
  const auto b = nlohmann::json::parse(R"({"two": [2.5, "x"], "checksum": "0123456789abcdef", "one": 1})");
  EXPECT_EQ(json_checksum(a), json_checksum(b));
  EXPECT_EQ(json_checksum(a).size(), 16u);
}

TEST(JsonChecksum, CoversEveryValue) {
  const auto a = nlohmann::json::parse(R"({"one": 1, "two": [2.5, "x"]})");
  for (const char* other : {R"({"one": 2, "two": [2.5, "x"]})", R"({"one": 1, "two": [2.5, "y"]})", R"({"one": 1})",
                            R"({"one": 1, "two": [2.5, "x"], "three": null})"}) {
    EXPECT_NE(json_checksum(a), json_checksum(nlohmann::json::parse(other))) << other;
  }
}

}  // namespace
}  // namespace p5
