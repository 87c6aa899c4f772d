#include "ingest/last_fm_reader.h"

#include <gmock/gmock.h>

#include "reader_test.h"

namespace p5 {
namespace {

using test::attribute_text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LastFmReaderTest : public test::ReaderTest {};

TEST_F(LastFmReaderTest, HetRecArtistsHaveTheTagsOfMostUsers) {
  file("user_artists.dat", "userID\tartistID\tweight\r\n2\t51\t13883\r\n4\t51\tmany\r\n");
  file("artists.dat", "id\tname\turl\tpictureURL\r\n51\tDuran Duran\thttp://x\t\r\n");
  file("tags.dat", "tagID\ttagValue\r\n1\tmetal\r\n2\tpop\r\n3\tr\xe9tro\r\n");
  file("user_taggedartists.dat",
       "userID\tartistID\ttagID\tday\tmonth\tyear\r\n2\t51\t1\t1\t4\t2009\r\n2\t51\t2\t1\t4\t2009\r\n"
       "4\t51\t2\t1\t4\t2009\r\n4\t51\t3\t1\t4\t2009\r\n4\t51\t99\t1\t4\t2009\r\n");
  EXPECT_EQ(make_dataset_reader({}, {folder_.path()})->format(), "lastfm");
  const auto sink = read_folder();
  ASSERT_EQ(sink.items.size(), 1u);
  EXPECT_EQ(sink.items[0].title, "Duran Duran");
  EXPECT_THAT(sink.items[0].categories, ElementsAre("pop", "metal", "r\u00e9tro"));
  ASSERT_EQ(sink.interactions.size(), 1u) << "without the header";
  EXPECT_EQ(sink.interactions[0].event, "listen");
  EXPECT_EQ(attribute_text(sink.interactions[0].attributes, "plays"), "13883");
  ASSERT_EQ(sink.bad.size(), 1u);
  EXPECT_EQ(sink.bad[0].line, 3u);
}

TEST_F(LastFmReaderTest, ListeningsOfTracks) {
  file("userid-timestamp-artid-artname-traid-traname.tsv",
       "user_000001\t2009-05-04T23:08:57Z\ta1\tDeep Dish\t\tEvening\n"
       "user_000001\t2009-05-04T13:54:10Z\ta2\tUnderworld\tt2\tBoy\n"
       "user_000001\tyesterday\ta2\tUnderworld\tt2\tBoy\n");
  file("userid-profile.tsv", "#id\tgender\tage\tcountry\tregistered\nuser_000001\tm\t\tJapan\tAug 13, 2006\n");
  const auto sink = read_folder();
  ASSERT_EQ(sink.interactions.size(), 2u);
  EXPECT_EQ(sink.interactions[0].item, "Deep Dish - Evening") << "a track without an id";
  EXPECT_EQ(sink.interactions[0].time_ms, 1241478537000);
  EXPECT_EQ(sink.interactions[1].item, "t2");
  ASSERT_NE(sink.find_item("t2"), nullptr);
  EXPECT_EQ(sink.find_item("t2")->title, "Boy");
  EXPECT_EQ(sink.find_item("t2")->brand, "Underworld");
  ASSERT_EQ(sink.users.size(), 1u);
  EXPECT_EQ(attribute_text(sink.users[0].attributes, "country"), "Japan");
  EXPECT_EQ(attribute_text(sink.users[0].attributes, "age"), "absent");
  ASSERT_EQ(sink.bad.size(), 1u);
  EXPECT_THAT(sink.bad[0].reason, HasSubstr("time"));
}

TEST_F(LastFmReaderTest, CountsOf360K) {
  const auto sink = read_input("usersha1-artmbid-artname-plays.tsv",
                               "00000c289a1829a808ac09c00daf10bc3c4e223b\tm1\tbetty blowtorch\t2137\n"
                               "00000c289a1829a808ac09c00daf10bc3c4e223b\t\tdie \u00c4rzte\t1099\n");
  ASSERT_THAT(sink.bad, IsEmpty());
  ASSERT_EQ(sink.interactions.size(), 2u);
  EXPECT_EQ(sink.interactions[1].item, "die \u00c4rzte");
  EXPECT_EQ(attribute_text(sink.interactions[0].attributes, "plays"), "2137");
  ASSERT_NE(sink.find_item("m1"), nullptr);
  EXPECT_EQ(sink.find_item("m1")->title, "betty blowtorch");
}

TEST_F(LastFmReaderTest, AnotherFileIsRefused) {
  const auto path = file("user_friends.dat", "userID\tfriendID\n2\t4\n");
  EXPECT_THAT(test::error_of([&] { test::read_all({path}, {.format = "lastfm"}); }), HasSubstr("no file of Last.fm"));
}

}  // namespace
}  // namespace p5
