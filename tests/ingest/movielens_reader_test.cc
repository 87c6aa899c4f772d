#include "ingest/movielens_reader.h"

#include <gmock/gmock.h>

#include "reader_test.h"

namespace p5 {
namespace {

using test::attribute_text;
using test::error_of;
using test::read_all;
using test::RecordingSink;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class MovieLensReaderTest : public test::ReaderTest {};

TEST_F(MovieLensReaderTest, Edition100K) {
  file("u.data", "196\t242\t3\t881250949\n1\t2\t5\t1\n");
  file("u1.base", "9\t9\t9\t9\n");  // a part of u.data: not read again
  file("u.item",
       "1|Toy Story (1995)|01-Jan-1995||http://x|0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0\n"
       "267|unknown||||1|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0\n"
       "3|Cit\xe9 (1995)|||x|0|1|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0\n");
  file("u.user", "1|24|M|technician|85711\n");
  EXPECT_EQ(make_dataset_reader({}, {folder_.path()})->format(), "movielens");
  const auto sink = read_folder();
  ASSERT_THAT(sink.bad, IsEmpty());
  ASSERT_EQ(sink.interactions.size(), 2u);
  EXPECT_EQ(sink.interactions[0].user, "196");
  EXPECT_EQ(sink.interactions[0].item, "242");
  EXPECT_EQ(sink.interactions[0].rating, 3.0f);
  EXPECT_EQ(sink.interactions[0].time_ms, 881250949000);
  EXPECT_EQ(sink.interactions[1].time_ms, 1000);
  ASSERT_EQ(sink.items.size(), 3u);
  EXPECT_EQ(sink.items[0].title, "Toy Story (1995)");
  EXPECT_THAT(sink.items[0].categories, ElementsAre("Animation", "Children's", "Comedy"));
  EXPECT_EQ(attribute_text(sink.items[0].attributes, "year"), "1995");
  EXPECT_EQ(attribute_text(sink.items[0].attributes, "release_date"), "01-Jan-1995");
  EXPECT_EQ(attribute_text(sink.items[1].attributes, "year"), "absent");
  EXPECT_THAT(sink.items[1].categories, IsEmpty());
  EXPECT_EQ(sink.items[2].title, "Cité (1995)");
  ASSERT_EQ(sink.users.size(), 1u);
  EXPECT_EQ(attribute_text(sink.users[0].attributes, "age"), "24");
  EXPECT_EQ(attribute_text(sink.users[0].attributes, "occupation"), "technician");
  EXPECT_EQ(attribute_text(sink.users[0].attributes, "zip_code"), "85711");
}

TEST_F(MovieLensReaderTest, Edition1M) {
  file("ratings.dat", "1::1193::5::978300760\r\n2::1::3.5::978300760\r\n");
  file("movies.dat", "1::Toy Story (1995)::Animation|Comedy\n2::A::B: C (2000)::Drama\n3::Am\xe9lie (2001)::Comedy\n");
  file("users.dat", "1::F::1::10::48067\n2::M::56::21::1\n");
  const auto sink = read_folder();
  ASSERT_EQ(sink.interactions.size(), 2u);
  EXPECT_EQ(sink.interactions[1].rating, 3.5f);
  ASSERT_EQ(sink.items.size(), 3u);
  EXPECT_EQ(sink.items[1].title, "A::B: C (2000)");
  EXPECT_EQ(sink.items[2].title, "Amélie (2001)");
  ASSERT_EQ(sink.users.size(), 1u);
  EXPECT_EQ(attribute_text(sink.users[0].attributes, "occupation"), "K-12 student");
  EXPECT_EQ(attribute_text(sink.users[0].attributes, "gender"), "F");
  ASSERT_EQ(sink.bad.size(), 1u);
  EXPECT_THAT(sink.bad[0].reason, HasSubstr("occupation"));
}

TEST_F(MovieLensReaderTest, CsvEditions) {
  file("ratings.csv", "userId,movieId,rating,timestamp\n1,31,2.5,1260759144\n1,x\n");
  file("movies.csv",
       "movieId,title,genres\n11,\"American President, The (1995)\",Comedy|Drama\n"
       "12,\"He said \"\"hi\"\" (2001)\",(no genres listed)\n");
  file("tags.csv", "userId,movieId,tag,timestamp\n");
  EXPECT_EQ(make_dataset_reader({}, {folder_.path()})->format(), "movielens");
  const auto sink = read_folder();
  ASSERT_EQ(sink.interactions.size(), 1u);
  EXPECT_EQ(sink.interactions[0].rating, 2.5f);
  EXPECT_EQ(sink.items[0].title, "American President, The (1995)");
  EXPECT_THAT(sink.items[0].categories, ElementsAre("Comedy", "Drama"));
  EXPECT_EQ(sink.items[1].title, "He said \"hi\" (2001)");
  EXPECT_THAT(sink.items[1].categories, IsEmpty());
  ASSERT_EQ(sink.bad.size(), 1u);
  EXPECT_EQ(sink.bad[0].line, 3u);
}

TEST_F(MovieLensReaderTest, BadLines) {
  const std::pair<std::string, std::string> cases[] = {
      {"1\t2\t3", "columns"},          {"1\t2\t3\t4\t5", "columns"}, {"\t2\t3\t4", "user"}, {"1\t\t3\t4", "item"},
      {"1\t2\tgood\t4", "rating"},     {"1\t2\t\t4", "rating"},      {"1\t2\t3\t", "time"}, {"1\t2\t3\t1e300", "time"},
      {"1\t2\t3\t2001-01-01", "time"}, {"1\t2\tnan\t4", "rating"}};
  for (const auto& [line, reason] : cases) {
    file("u.data", line + "\n1\t2\t3\t4");
    const auto sink = read_all({folder_ / "u.data"});
    EXPECT_EQ(sink.interactions.size(), 1u) << line;
    ASSERT_EQ(sink.bad.size(), 1u) << line;
    EXPECT_EQ(sink.bad[0].line, 1u);
    EXPECT_THAT(sink.bad[0].reason, HasSubstr(reason)) << line;
  }
}

TEST_F(MovieLensReaderTest, EncodingAsAsked) {
  file("movies.dat", "1::Caf\xe9::Drama\n2::Café::Drama\n");
  EXPECT_EQ(read_all({folder_ / "movies.dat"}).items[1].title, "Café");
  EXPECT_EQ(read_all({folder_ / "movies.dat"}, {.encoding = "latin-1"}).items[1].title, "CafÃ©");
  const auto strict = read_all({folder_ / "movies.dat"}, {.encoding = "utf-8"});
  ASSERT_EQ(strict.items.size(), 1u);
  EXPECT_THAT(strict.bad[0].reason, HasSubstr("UTF-8"));
}

TEST_F(MovieLensReaderTest, CsvFilesAreKnownByTheirHeaders) {
  file("ml-latest-small-ratings.csv", "userId,movieId,rating,timestamp\n1,2,4.5,1000\n1,2,4.5,x\n");
  file("ml-latest-small-movies.csv", "movieId,title,genres\n2,Up (2009),Animation\n");
  file("ml-latest-small-tags.csv", "userId,movieId,tag,timestamp\n1,2,nice,1000\n");
  const auto sink = read_all({folder_ / "ml-latest-small-ratings.csv", folder_ / "ml-latest-small-movies.csv",
                              folder_ / "ml-latest-small-tags.csv"});
  EXPECT_EQ(sink.interactions.size(), 1u);
  ASSERT_EQ(sink.items.size(), 1u);
  EXPECT_EQ(sink.items[0].title, "Up (2009)");
  EXPECT_THAT(sink.notes, testing::Contains(HasSubstr("tags.csv: passed over")));
  ASSERT_EQ(sink.bad.size(), 1u);
  EXPECT_EQ(sink.bad[0].got, "x") << "the cell that is meant";
}

TEST_F(MovieLensReaderTest, RefusesFilesOfOtherNames) {
  file("scores.txt", "1\t2\t3\t4\n");
  file("movies.csv", "a,b\n");
  EXPECT_THAT(error_of([&] { read_all({folder_ / "scores.txt"}, {.format = "movielens"}); }), HasSubstr("ratings.dat"));
  EXPECT_THAT(error_of([&] { read_all({folder_ / "movies.csv"}, {.format = "movielens"}); }), HasSubstr("movieId"));
}

TEST_F(MovieLensReaderTest, MovieLens100K) {
  const auto folder = test::shared_folder() / "datasets" / "movielens-100k";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "the data set is not there";
  const auto sink = read_all({folder});
  EXPECT_EQ(sink.interactions.size(), 100000u);
  EXPECT_EQ(sink.distinct_users(), 943u);
  EXPECT_EQ(sink.distinct_items(), 1682u);
  EXPECT_EQ(sink.items.size(), 1682u);
  EXPECT_EQ(sink.users.size(), 943u);
  EXPECT_THAT(sink.bad, IsEmpty());
}

}  // namespace
}  // namespace p5
