#include "pipeline/run_place.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;

TEST(RunPlace, ProcessesThatHelpWorkInFoldersOfTheirOwn) {
  const RunPlace asked{.out = "runs/one"};
  EXPECT_EQ(place_of({}, asked).out, "runs/one");
  const RunPlace third = place_of({.rank = 2, .size = 3}, asked);
  EXPECT_EQ(third.out, "runs/one.rank-2");
  EXPECT_TRUE(third.replace);
}

TEST(RunPlace, AnEncoderThatWasTrainedEarlyBecomesTheRunsOwn) {
  const test::TemporaryFolder folder;
  const fs::path out = folder / "run";
  fs::create_directories(out / "sources");
  write_file_atomically(out / "sources" / "half.fit", "of a run that was killed");
  fs::create_directories(early_sources(out));
  write_file_atomically(early_sources(out) / "encoder.fit", "learnt");
  take_early_sources(out, out);
  EXPECT_EQ(read_file(out / "sources" / "encoder.fit", 100), "learnt");
  EXPECT_FALSE(fs::exists(out / "sources" / "half.fit"));
  EXPECT_FALSE(fs::exists(early_sources(out)));
  take_early_sources(out, out);  // nothing is there to be taken
  EXPECT_EQ(read_file(out / "sources" / "encoder.fit", 100), "learnt");
}

}  // namespace
}  // namespace p5
