#include "pipeline/resumable_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/file.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using Existing = ResumableFile::Existing;
using testing::HasSubstr;

class ResumableFileTest : public testing::Test {
 protected:
  std::string refusal(const std::string& request, Existing existing = Existing::kRefuse) {
    try {
      ResumableFile file(path_, request, existing);
    } catch (const Error& error) {
      return error.what();
    }
    ADD_FAILURE() << "not refused";
    return "";
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "lists.csv";
};

TEST_F(ResumableFileTest, ContinuesAtTheLastCheckpoint) {
  {
    ResumableFile file(path_, "all users", Existing::kRefuse);
    EXPECT_EQ(file.done(), 0u);
    file.write("one\ntwo\n");
    file.checkpoint(2);
    file.write("three\nfo");  // lost with the program
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
  ResumableFile file(path_, "all users", Existing::kRefuse);
  EXPECT_EQ(file.done(), 2u);
  file.write("three\n");
  file.commit(3);
  EXPECT_EQ(read_file(path_), "one\ntwo\nthree\n");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "lists.csv.partial"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "lists.csv.partial.json"));
}

TEST_F(ResumableFileTest, WithoutACheckpointItBeginsAnew) {
  { ResumableFile(path_, "all users", Existing::kRefuse).write("on"); }
  ResumableFile file(path_, "all users", Existing::kRefuse);
  EXPECT_EQ(file.done(), 0u);
  file.write("one\n");
  file.commit(1);
  EXPECT_EQ(read_file(path_), "one\n");
}

TEST_F(ResumableFileTest, AnotherRequestIsRefusedUnlessItReplaces) {
  {
    ResumableFile file(path_, "k 10", Existing::kRefuse);
    file.write("one\n");
    file.checkpoint(1);
  }
  EXPECT_THAT(refusal("k 20"), HasSubstr("expected k 20 (or --force to begin anew), got k 10"));
  ResumableFile file(path_, "k 20", Existing::kReplace);
  EXPECT_EQ(file.done(), 0u);
  file.write("two\n");
  file.commit(1);
  EXPECT_EQ(read_file(path_), "two\n");
}

TEST_F(ResumableFileTest, AFinishedFileStaysUntilItsReplacementIsComplete) {
  write_file_atomically(path_, "old\n");
  EXPECT_THAT(refusal("k 10"), HasSubstr("exists already"));
  ResumableFile file(path_, "k 10", Existing::kReplace);
  file.write("new\n");
  EXPECT_EQ(read_file(path_), "old\n");
  file.commit(1);
  EXPECT_EQ(read_file(path_), "new\n");
}

TEST_F(ResumableFileTest, OneProgramWritesAtATime) {
  ResumableFile file(path_, "k 10", Existing::kRefuse);
  EXPECT_THAT(refusal("k 10"), HasSubstr("another program"));
}

TEST_F(ResumableFileTest, AStateThatIsLongerThanTheFileIsDamage) {
  {
    ResumableFile file(path_, "k 10", Existing::kRefuse);
    file.write("one\n");
    file.checkpoint(1);
  }
  std::filesystem::resize_file(folder_ / "lists.csv.partial", 2);
  EXPECT_THAT(refusal("k 10"), HasSubstr("bytes"));
}

}  // namespace
}  // namespace p5
