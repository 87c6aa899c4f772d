#include "base/folder_copy.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;

TEST(FolderCopy, CopiesWhatIsMissing) {
  const test::TemporaryFolder folder;
  fs::create_directories(folder / "from/inner");
  fs::create_directories(folder / "to");
  write_file_atomically(folder / "from/a", "new");
  write_file_atomically(folder / "from/inner/b", "inner");
  write_file_atomically(folder / "to/a", "old");
  copy_missing_files(folder / "from", folder / "to");
  EXPECT_EQ(read_file(folder / "to/a"), "old");
  EXPECT_EQ(read_file(folder / "to/inner/b"), "inner");
}

TEST(FolderCopy, NothingIsCopiedFromNowhere) {
  const test::TemporaryFolder folder;
  EXPECT_NO_THROW(copy_missing_files(folder / "nowhere", folder / "to"));
  EXPECT_FALSE(fs::exists(folder / "to"));
}

TEST(FolderCopy, SaysWhatCannotBeCopied) {
  const test::TemporaryFolder folder;
  fs::create_directories(folder / "from");
  write_file_atomically(folder / "to", "a file");
  EXPECT_THROW(copy_missing_files(folder / "from", folder / "to"), Error);
}

}  // namespace
}  // namespace p5
