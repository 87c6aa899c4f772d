#include "export/recbole_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "base/file.h"
#include "support/fake_corpus.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

std::string event_file(const test::FakeData& data) {
  const test::TemporaryFolder folder;
  write_recbole(folder.path(), "x", test::FakeCorpus(data));
  return read_file(folder / "x.inter");
}

TEST(RecBoleFiles, HeadersHaveTypesAndTimesAreSeconds) {
  EXPECT_EQ(event_file({.histories = {{0, 1}}, .ratings = {{4, 2.5}}, .times = {{1000, 1500}}}),
            "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
            "u0\ti0\t4\t1\n"
            "u0\ti1\t2.5\t1.500\n");
}

TEST(RecBoleFiles, ColumnsThatNoRowFillsAreLeftOutAndSingleGapsAreEmpty) {
  const float none = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(event_file({.histories = {{0}}, .ratings = {{none}}, .times = {{1000}}}),
            "user_id:token\titem_id:token\ttimestamp:float\nu0\ti0\t1\n");
  EXPECT_EQ(event_file({.histories = {{0, 1}}, .ratings = {{none, 3}}, .times = {{kNoTime, kNoTime}}}),
            "user_id:token\titem_id:token\trating:float\nu0\ti0\t\nu0\ti1\t3\n");
}

TEST(RecBoleFiles, CellsWithTabsQuotesOrLinesAreQuotedAsPandasReadsThem) {
  EXPECT_EQ(event_file({.histories = {{0}}, .times = {{1000}}, .reviews = {{"a \"b\"\tc\nd"}}}),
            "user_id:token\titem_id:token\ttimestamp:float\treview:token_seq\n"
            "u0\ti0\t1\t\"a \"\"b\"\"\tc\nd\"\n");
}

// RecBole cuts token_seq at blanks: a category of two words would become two categories.
TEST(RecBoleFiles, EntriesOfListsAreOneWordEach) {
  const test::TemporaryFolder folder;
  write_recbole(folder.path(), "x",
                test::FakeCorpus(test::FakeData{
                    .histories = {{0, 1}},
                    .categories = {{"Hair Care", "Books"}, {}},
                    .item_attributes = {{{"color", std::string("red")}, {"v", std::vector<float>{0.5f, 2.0f}}},
                                        {{"weight:g", 12.0}}}}));
  EXPECT_EQ(read_file(folder / "x.item"),
            "item_id:token\tcategories:token_seq\tcolor:token\tv:float_seq\tweight_g:float\n"
            "i0\tHair_Care Books\tred\t0.5 2\t\n"
            "i1\t\t\t\t12\n");
}

}  // namespace
}  // namespace p5
