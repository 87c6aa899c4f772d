#include "ingest/s3rec_reader.h"

#include <gmock/gmock.h>

#include <cmath>

#include "reader_test.h"

namespace p5 {
namespace {

using test::attribute_text;
using test::error_of;
using test::read_all;
using testing::HasSubstr;
using testing::IsEmpty;

class S3RecReaderTest : public test::ReaderTest {};

TEST_F(S3RecReaderTest, SequencesAndAttributesBesideThem) {
  file("Toys.txt", "1 10 11 12\n2 12 10\n");
  file("Toys_sample.txt", "1 5 6 7 8\n");
  file("Toys_item2attributes.json", R"({"10": [1, 2], "11": [], "12": "x"})");
  for (const auto& input : {folder_.path(), folder_ / "Toys.txt"}) {
    const auto reader = make_dataset_reader({}, {input});
    EXPECT_EQ(reader->format(), "s3rec");
    EXPECT_FALSE(reader->has_times());
    const auto sink = read_all({input});
    ASSERT_EQ(sink.interactions.size(), 5u);
    EXPECT_EQ(sink.interactions[0].user, "1");
    EXPECT_EQ(sink.interactions[2].item, "12");
    EXPECT_EQ(sink.interactions[3].item, "12");
    EXPECT_EQ(sink.interactions[0].time_ms, kNoTime);
    EXPECT_TRUE(std::isnan(sink.interactions[0].rating));
    ASSERT_EQ(sink.items.size(), 2u);
    EXPECT_EQ(attribute_text(sink.find_item("10")->attributes, "attributes"), "[1|2]");
    ASSERT_EQ(sink.bad.size(), 1u);
    EXPECT_THAT(sink.bad[0].file, HasSubstr("item2attributes"));
  }
  EXPECT_EQ(read_all({folder_ / "Toys.txt", folder_ / "Toys_item2attributes.json"}).items.size(), 2u);
}

TEST_F(S3RecReaderTest, BadLinesGiveNoInteractions) {
  const auto sink = read_input("X.txt", "1 2 3\n\n4\n5 6 x\n7 -8\n9  10 \r\n");
  EXPECT_EQ(sink.interactions.size(), 3u);
  ASSERT_EQ(sink.bad.size(), 3u);
  EXPECT_EQ(sink.bad[0].line, 3u);
  EXPECT_THAT(sink.bad[0].reason, HasSubstr("user and items"));
  EXPECT_EQ(sink.bad[1].got, "x");
  EXPECT_EQ(sink.bad[2].got, "-8");
}

TEST_F(S3RecReaderTest, BrokenAttributesAndNegativesAreErrors) {
  file("X.txt", "1 2 3\n");
  file("X_sample.txt", "1 2 3\n");
  file("X_item2attributes.json", R"({"10": [1, 2)");
  EXPECT_THAT(error_of([&] { read_all({folder_ / "X.txt"}); }), HasSubstr("X_item2attributes.json"));
  EXPECT_THAT(error_of([&] { read_all({folder_ / "X_sample.txt"}, {.format = "s3rec"}); }), HasSubstr("negatives"));
}

TEST_F(S3RecReaderTest, Beauty) {
  const auto folder = test::shared_folder() / "datasets" / "s3rec";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "the data set is not there";
  const auto sink = read_all({folder});
  EXPECT_EQ(sink.interactions.size(), 198502u);
  EXPECT_EQ(sink.distinct_users(), 22363u);
  EXPECT_EQ(sink.distinct_items(), 12101u);
  EXPECT_EQ(sink.items.size(), 12101u);
  EXPECT_THAT(sink.bad, IsEmpty());
}

}  // namespace
}  // namespace p5
