#include "records/time_format.h"

#include <gmock/gmock.h>

#include <vector>

#include "p5/error.h"

namespace p5 {
namespace {

using testing::Optional;
using Cells = std::vector<std::string_view>;

constexpr std::int64_t kDay = 1529193600000;  // 2018-06-17

TEST(TimeFormat, PatternsOfStrptime) {
  const auto german = TimeFormat::of_pattern("%d.%m.%Y %H:%M");
  EXPECT_THAT(german.parse("17.06.2018 04:53"), Optional(kDay + (4 * 60 + 53) * 60'000));
  EXPECT_EQ(german.parse("17.06.2018"), std::nullopt);
  EXPECT_EQ(german.parse("17.06.2018 04:53 and more"), std::nullopt);
  EXPECT_EQ(german.parse("31.02.2018 04:53"), std::nullopt) << "no such day";
  EXPECT_THAT(german.expected(), testing::HasSubstr("%d.%m.%Y"));
  EXPECT_THAT(TimeFormat::of_pattern("%Y-%m-%d %H:%M:%S.%f").parse("2018-06-17 00:00:01.250"), Optional(kDay + 1250));
  EXPECT_THAT(TimeFormat::of_pattern("%m/%d/%Y %I:%M %p").parse("6/17/2018 02:00 PM"), Optional(kDay + 14 * 3'600'000));
  EXPECT_THAT(TimeFormat::of_pattern("%Y-%m-%d %H:%M %z").parse("2018-06-17 02:00 +0200"), Optional(kDay));
  EXPECT_THROW(TimeFormat::of_pattern("%H:%M"), Error);
  EXPECT_THROW(TimeFormat::of_pattern("day"), Error);
}

TEST(TimeFormat, IsFoundInTheFirstCells) {
  const auto found = [](const Cells& cells) { return TimeFormat::found_in(cells); };
  EXPECT_THAT(found({"20180617", "20180101"}).parse("20180617"), Optional(kDay));
  EXPECT_THAT(found({"20180617080001"}).parse("20180617000001"), Optional(kDay + 1000));
  EXPECT_THAT(found({"20180617", "30000000"}).parse("1529193600"), Optional(kDay)) << "seconds, by chance like dates";
  EXPECT_THAT(found({"17-06-2018", "01-02-2018"}).parse("17-06-2018"), Optional(kDay));
  EXPECT_THAT(found({"01.02.2018", "02.02.2018"}).parse("17.06.2018 01:00"), Optional(kDay + 3'600'000));
  EXPECT_THAT(found({"06/17/2018 1:00 AM", "06/01/2018 1:00 AM"}).parse("06/17/2018 1:00 AM"),
              Optional(kDay + 3'600'000));
  EXPECT_THAT(found({"17/06/2018", "01/02/2018"}).parse("17/06/2018"), Optional(kDay));
  EXPECT_EQ(found({"17/06/2018"}).parse("17/06/2018"), std::nullopt) << "one date is no rule";
  EXPECT_EQ(found({"01/02/2018", "03/04/2018"}).parse("01/02/2018"), std::nullopt) << "nothing tells day from month";
  EXPECT_THAT(found({"01/02/2018"}).expected(), testing::HasSubstr("--time-format"));
  EXPECT_THAT(found({"2018-06-17"}).parse("2018-06-17"), Optional(kDay));
  EXPECT_THAT(found({}).parse("1529193600"), Optional(kDay));
}

TEST(TimeFormat, WhatParseTimeReads) {
  const auto parse = [](std::string_view text) { return parse_time(text, TimeUnit::kAuto); };
  EXPECT_THAT(parse("2018-06-17 00:00:00 UTC"), Optional(kDay));
  EXPECT_THAT(parse("2018-06-17T00:00:00 GMT"), Optional(kDay));
  EXPECT_THAT(parse("2018/06/17"), Optional(kDay));
  EXPECT_THAT(parse("Sun Jun 17 00:00:01 2018"), Optional(kDay + 1000));
  EXPECT_THAT(parse("Sun Jun  7 00:00:01 2018"), Optional(kDay - 10 * 86'400'000 + 1000));
  EXPECT_THAT(parse("Sun Jun 17 02:00:00 +0200 2018"), Optional(kDay));
  EXPECT_THAT(parse("Sun Jun 17 00:00:00 UTC 2018"), Optional(kDay));
  EXPECT_EQ(parse("Sun Jux 17 00:00:00 2018"), std::nullopt);
  EXPECT_EQ(parse("2018-06-17 00:00:00 CEST"), std::nullopt) << "names of other zones are ambiguous";
  EXPECT_THAT(parse("1529193600000000"), Optional(kDay)) << "microseconds";
  EXPECT_THAT(parse("1529193600000000000"), Optional(kDay)) << "nanoseconds";
  EXPECT_THAT(parse_time("5", TimeUnit::kMicroseconds), Optional(0));
  EXPECT_THAT(parse_time("5000000", TimeUnit::kNanoseconds), Optional(5));
}

}  // namespace
}  // namespace p5
