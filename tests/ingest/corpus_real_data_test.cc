// The published figures of real data sets (docs: p5 facts, table of data sets), from reader to statistics.
#include <gtest/gtest.h>

#include "corpus/corpus_stats.h"
#include "ingest/corpus_builder.h"
#include "ingest/dataset_reader.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;

CorpusStats stats_of(const std::vector<fs::path>& inputs, const CleaningOptions& cleaning) {
  const test::TemporaryFolder folder;
  const auto reader = make_dataset_reader({}, inputs);
  CorpusBuilder builder(folder / "c", "real", reader->format(), cleaning, /*force=*/false);
  if (!reader->has_times()) builder.keep_file_order();
  reader->read(inputs, builder);
  builder.finish();
  return compute_stats(*Corpus::open(folder / "c"));
}

TEST(RealData, BeautyOfS3RecHasThePublishedFigures) {
  const fs::path folder = test::shared_folder() / "datasets" / "s3rec";
  if (!fs::exists(folder / "Beauty.txt")) GTEST_SKIP() << "the data set is not here";
  const CorpusStats stats = stats_of({folder / "Beauty.txt"}, {});
  EXPECT_EQ(stats.users, 22363u);
  EXPECT_EQ(stats.items, 12101u);
  EXPECT_EQ(stats.interactions, 198502u);
  EXPECT_NEAR(stats.density, 0.000734, 5e-7);
  EXPECT_NEAR(stats.history_length.mean, 8.876, 5e-4);
  EXPECT_EQ(stats.history_length.median, 6u);
  EXPECT_EQ(stats.history_length.maximum, 204u);
  EXPECT_EQ(stats.cold_items, 33u);
  EXPECT_NEAR(stats.cold_test_share, 0.0062, 5e-5);
  EXPECT_EQ(stats.repeat_test_share, 0);
  EXPECT_EQ(stats.info.ties, "file");
}

TEST(RealData, InstrumentsOfAmazonAreACoreOfFiveWithoutAnOrderLeak) {
  const fs::path file = test::shared_folder() / "datasets" / "amazon-2014" / "reviews_Musical_Instruments_5.json.gz";
  if (!fs::exists(file)) GTEST_SKIP() << "the data set is not here";
  CleaningOptions cleaning;
  const CorpusStats stats = stats_of({file}, cleaning);
  EXPECT_EQ(stats.users, 1429u);
  EXPECT_EQ(stats.items, 900u);
  EXPECT_EQ(stats.interactions, 10261u);
  EXPECT_EQ(stats.history_length.minimum, 5u);
  EXPECT_EQ(stats.rated, 10261u);
  EXPECT_GT(stats.review_share, 0.99);
  EXPECT_GT(stats.tie_share, 0.3) << "reviews are dated by the day";
  EXPECT_NEAR(stats.test_key_greater, 0.5, 0.06);
  cleaning.user_core = cleaning.item_core = 5;
  EXPECT_EQ(stats_of({file}, cleaning).interactions, 10261u);
}

}  // namespace
}  // namespace p5
