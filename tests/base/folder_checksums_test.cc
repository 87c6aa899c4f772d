#include "base/folder_checksums.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class FolderChecksumsTest : public ::testing::Test {
 protected:
  FolderChecksumsTest() {
    fs::create_directory(folder_ / "words");
    write_file_atomically(folder_ / "weights", "0123456789");
    write_file_atomically(folder_ / "words/list", "a b c");
    FolderChecksums::write(folder_.path());
  }

  // What verifying the folder says; empty when it is as written.
  std::string complaint() const {
    try {
      FolderChecksums::verify_all(folder_.path());
    } catch (const Error& error) {
      EXPECT_EQ(exit_code_of(error), 4) << error.what();
      return error.what();
    }
    return {};
  }

  const test::TemporaryFolder folder_;
};

TEST_F(FolderChecksumsTest, AcceptsWhatWasWritten) { EXPECT_EQ(complaint(), ""); }

TEST_F(FolderChecksumsTest, NamesAChangedFile) {
  write_file_atomically(folder_ / "words/list", "a b d");
  EXPECT_THAT(complaint(), HasSubstr("words/list: damaged file"));
}

TEST_F(FolderChecksumsTest, NamesACutFile) {
  fs::resize_file(folder_ / "weights", 9);
  EXPECT_THAT(complaint(), HasSubstr("expected 10 bytes, got 9"));
}

TEST_F(FolderChecksumsTest, NamesAMissingFile) {
  fs::remove(folder_ / "weights");
  EXPECT_THAT(complaint(), HasSubstr("weights: damaged file"));
}

TEST_F(FolderChecksumsTest, NoticesDamageToItself) {
  std::string list = read_file(folder_ / FolderChecksums::kFile);
  list.replace(list.find("10"), 2, "11");
  write_file_atomically(folder_ / FolderChecksums::kFile, list);
  EXPECT_THAT(complaint(), HasSubstr("field checksum"));
}

TEST_F(FolderChecksumsTest, LooksAtOneFileWhereAsked) {
  const auto sums = FolderChecksums::open(folder_.path());
  ASSERT_TRUE(sums);
  fs::resize_file(folder_ / "weights", 0);
  EXPECT_TRUE(sums->lists("words/list"));
  EXPECT_NO_THROW(sums->verify("words/list"));
  EXPECT_THROW(sums->verify("weights"), Error);
  EXPECT_FALSE(sums->lists("new"));
  EXPECT_THROW(sums->verify("new"), Error);
}

TEST_F(FolderChecksumsTest, FoldersOfEarlierVersionsHaveNone) {
  fs::remove(folder_ / FolderChecksums::kFile);
  fs::resize_file(folder_ / "weights", 0);
  EXPECT_FALSE(FolderChecksums::open(folder_.path()));
  EXPECT_EQ(complaint(), "");
}

}  // namespace
}  // namespace p5
