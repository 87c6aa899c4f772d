#include "ingest/mind_reader.h"

#include <gmock/gmock.h>

#include "reader_test.h"

namespace p5 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class MindReaderTest : public test::ReaderTest {};

TEST_F(MindReaderTest, ClicksAndNews) {
  file("behaviors.tsv",
       "1\tU1\t11/11/2019 9:05:58 AM\tN1 N2\tN3-1 N4-0\n"
       "2\tU1\t11/11/2019 9:15:58 PM\tN1 N2\tN5-0 N6-1 N7-1\n"
       "3\tU2\t11/12/2019 9:00:00 AM\t\tN3-0\n");
  file("news.tsv",
       "N1\tnews\tworld\tA \"title\"\tAn abstract\thttps://x\t[]\t[]\n"
       "N3\tsports\tgolf\tB\t\t\t[]\t[]\n");
  EXPECT_EQ(make_dataset_reader({}, {folder_.path()})->format(), "mind");
  const auto sink = read_folder();
  ASSERT_THAT(sink.bad, IsEmpty());
  std::vector<std::string> items;
  for (const auto& event : sink.interactions) items.push_back(event.user + event.item);
  EXPECT_THAT(items, ElementsAre("U1N1", "U1N2", "U1N3", "U1N6", "U1N7")) << "the history once, then clicks";
  EXPECT_EQ(sink.interactions[0].time_ms, kNoTime);
  EXPECT_EQ(sink.interactions[2].time_ms, 1573463158000);
  EXPECT_EQ(sink.interactions[3].time_ms, 1573506958000);
  EXPECT_EQ(sink.interactions[2].event, "click");
  EXPECT_EQ(sink.earlier_count, 2u);
  ASSERT_EQ(sink.items.size(), 2u);
  EXPECT_EQ(sink.items[0].title, "A \"title\"");
  EXPECT_EQ(sink.items[0].description, "An abstract");
  EXPECT_THAT(sink.items[0].categories, ElementsAre("news", "world"));
}

TEST_F(MindReaderTest, BadRows) {
  const auto sink = read_input(
      "behaviors.tsv",
      "1\tU1\t11/11/2019 9:05:58 AM\tN1\tN3-1\n2\tU1\t2019\tN1\tN3-1\n3\tU1\n4\t\t11/11/2019 9:05:58 AM\t\tN1-1\n");
  EXPECT_EQ(sink.interactions.size(), 2u);
  ASSERT_EQ(sink.bad.size(), 3u);
  EXPECT_THAT(sink.bad[0].reason, testing::HasSubstr("time"));
  EXPECT_EQ(sink.bad[0].got, "2019");
  EXPECT_THAT(sink.bad[1].reason, testing::HasSubstr("columns"));
  EXPECT_THAT(sink.bad[2].reason, testing::HasSubstr("user"));
}

}  // namespace
}  // namespace p5
