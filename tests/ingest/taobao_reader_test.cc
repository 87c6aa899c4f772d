#include "ingest/taobao_reader.h"

#include <gmock/gmock.h>

#include "reader_test.h"

namespace p5 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class TaobaoReaderTest : public test::ReaderTest {};

TEST_F(TaobaoReaderTest, EventsAndCategories) {
  const auto path = file("UserBehavior.csv", "1,2268318,2520377,pv,1511544070\n1,2268318,2520377,buy,1511561733\n");
  EXPECT_EQ(make_dataset_reader({}, {path})->format(), "taobao");
  const auto sink = test::read_all({path});
  ASSERT_THAT(sink.interactions, SizeIs(2));
  EXPECT_EQ(sink.interactions[0].event, "pv");
  EXPECT_EQ(sink.interactions[0].time_ms, 1511544070000);
  EXPECT_EQ(sink.interactions[1].event, "buy");
  ASSERT_THAT(sink.items, SizeIs(1)) << "once, not with each event";
  EXPECT_THAT(sink.items[0].categories, ElementsAre("2520377"));
  EXPECT_THAT(sink.notes, SizeIs(0));
}

TEST_F(TaobaoReaderTest, OtherDaysAreKeptAndCounted) {
  const auto sink = read_input("UserBehavior.csv", "1,2,3,pv,1511544070\n1,2,3,pv,2122867355\n1,2,3,pv,-5\n");
  EXPECT_THAT(sink.interactions, SizeIs(2));
  ASSERT_THAT(sink.notes, SizeIs(1));
  EXPECT_THAT(sink.notes[0], HasSubstr("1 event not of 25 November to 3 December 2017"));
  ASSERT_THAT(sink.bad, SizeIs(1));
  EXPECT_THAT(sink.bad[0].reason, HasSubstr("time"));
}

TEST_F(TaobaoReaderTest, BadRows) {
  const auto sink =
      read_input("UserBehavior.csv", "1,2,3,pv,1511544070\n1,2,3,look,1511544070\n,2,3,pv,1511544070\n1,2,3\n");
  EXPECT_THAT(sink.interactions, SizeIs(1));
  ASSERT_THAT(sink.bad, SizeIs(3));
  EXPECT_EQ(sink.bad[0].got, "look");
  EXPECT_THAT(sink.bad[2].reason, HasSubstr("columns: expected 5"));
}

TEST_F(TaobaoReaderTest, ATableOfOtherBehavioursIsNotTaobao) {
  EXPECT_EQ(make_dataset_reader({}, {file("events.csv", "1,2,3,view,1511544070\n")})->format(), "csv");
}

}  // namespace
}  // namespace p5
