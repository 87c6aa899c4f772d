#include "ingest/check_in_reader.h"

#include <gmock/gmock.h>

#include "reader_test.h"

namespace p5 {
namespace {

using test::attribute_text;
using testing::HasSubstr;
using testing::SizeIs;

class CheckInReaderTest : public test::ReaderTest {};

TEST_F(CheckInReaderTest, PlacesHavePositions) {
  const auto path = file("loc-gowalla_totalCheckins.txt",
                         "0\t2010-10-19T23:55:27Z\t30.2359091167\t-97.7951395833\t22847\n"
                         "1\t2010-10-18T22:17:43Z\t30.2359091167\t-97.7951395833\t22847\n");
  EXPECT_EQ(make_dataset_reader({}, {path})->format(), "gowalla");
  const auto sink = test::read_all({path});
  ASSERT_THAT(sink.interactions, SizeIs(2));
  EXPECT_EQ(sink.interactions[0].item, "22847");
  EXPECT_EQ(sink.interactions[0].time_ms, 1287532527000);
  ASSERT_THAT(sink.items, SizeIs(1));
  EXPECT_EQ(attribute_text(sink.items[0].attributes, "longitude"), "-97.79514");
}

TEST_F(CheckInReaderTest, EmptyLinesOfBrightkiteAndPlacesBeyondThePole) {
  const auto sink = read_input("Brightkite_totalCheckins.txt",
                               "0\t2010-10-17T01:48:53Z\t39.747652\t-104.992510\ta\n"
                               "4\t\t0.0\t0.0\t\n"
                               "5\t2010-10-17T01:48:53Z\t405.5\t-104.9\tb\n"
                               "6\tnow\t1\t2\tc\n");
  EXPECT_THAT(sink.interactions, SizeIs(2));
  ASSERT_NE(sink.find_item("b"), nullptr);
  EXPECT_EQ(attribute_text(sink.find_item("b")->attributes, "latitude"), "absent");
  ASSERT_THAT(sink.bad, SizeIs(2));
  EXPECT_THAT(sink.bad[0].reason, HasSubstr("item"));
  EXPECT_THAT(sink.bad[1].reason, HasSubstr("time"));
}

}  // namespace
}  // namespace p5
