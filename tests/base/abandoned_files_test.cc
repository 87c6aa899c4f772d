#include "base/abandoned_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "base/file.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using ::testing::UnorderedElementsAre;

constexpr const char* kAbandoned = "report.json.tmp-0123456789abcdef";

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename());
  return names;
}

void touch(const fs::path& file) { std::ofstream(file) << "half"; }

TEST(AbandonedFiles, AreRemovedWhenTheFileIsWrittenAgain) {
  const test::TemporaryFolder folder;
  touch(folder / kAbandoned);
  touch(folder / "other.json.tmp-0123456789abcdef");
  write_file_atomically(folder / "report.json", "{}");
  EXPECT_THAT(names_in(folder.path()), UnorderedElementsAre("report.json", "other.json.tmp-0123456789abcdef"));
}

TEST(AbandonedFiles, OfAnyNameAreRemovedFromAFolder) {
  const test::TemporaryFolder folder;
  fs::create_directory(folder / "sub");
  for (const char* name : {kAbandoned, "other.json.tmp-0123456789abcdef", "sub/x.tmp-0123456789abcdef"}) {
    touch(folder / name);
  }
  remove_abandoned_files_in(folder.path());
  EXPECT_THAT(names_in(folder.path()), UnorderedElementsAre("sub"));
  EXPECT_THAT(names_in(folder / "sub"), UnorderedElementsAre("x.tmp-0123456789abcdef"));
}

TEST(AbandonedFiles, OfOthersStay) {
  const test::TemporaryFolder folder;
  const std::set<std::string> others = {"report.json.tmp-0123456789ABCDEF", "report.json.tmp-1234",
                                        "report.json.old-0123456789abcdef", ".tmp-0123456789abcdef"};
  for (const std::string& name : others) touch(folder / name);
  const std::string link = "report.json.tmp-fedcba9876543210", subfolder = "report.json.tmp-0000000000000000";
  fs::create_symlink("elsewhere", folder / link);
  fs::create_directory(folder / subfolder);
  remove_abandoned_files_in(folder.path());
  std::set<std::string> expected = others;
  expected.insert({link, subfolder});
  EXPECT_EQ(names_in(folder.path()), expected);
}

TEST(AbandonedFiles, OfARunningProgramStay) {
  const test::TemporaryFolder folder;
  AtomicFileWriter first(folder / "report.json");
  first.write("first");
  write_file_atomically(folder / "report.json", "second");
  EXPECT_EQ(names_in(folder.path()).size(), 2u) << "the first is still being written";
  first.commit();
  EXPECT_EQ(read_file(folder / "report.json"), "first");
  EXPECT_THAT(names_in(folder.path()), UnorderedElementsAre("report.json"));
}

}  // namespace
}  // namespace p5
