#include "corpus/folder_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using testing::HasSubstr;

TEST(FolderKind, CorporaAndRunsAreToldApart) {
  const test::TemporaryFolder folder;
  for (const char* name : {"corpus", "run", "other"}) std::filesystem::create_directory(folder / name);
  write_file_atomically(folder / "corpus/corpus.json", "{}");
  write_file_atomically(folder / "run/run.json", "{}");
  EXPECT_EQ(kind_of_folder(folder / "corpus"), FolderKind::kCorpus);
  EXPECT_EQ(kind_of_folder(folder / "run"), FolderKind::kRun);
  EXPECT_EQ(kind_of_folder(folder / "other"), FolderKind::kOther);
  EXPECT_EQ(kind_of_folder(folder / "nowhere"), FolderKind::kMissing);
}

TEST(FolderKind, AMessageSaysWhatAFolderIsAndWhatIsWanted) {
  const test::TemporaryFolder folder;
  for (const char* name : {"corpus", "run"}) std::filesystem::create_directory(folder / name);
  write_file_atomically(folder / "corpus/corpus.json", "{}");
  write_file_atomically(folder / "run/run.json", "{}");
  const auto text = [&](const char* name, FolderKind wanted) {
    return std::string(wrong_folder(folder / name, wanted, ErrorSubject::kModel).what());
  };
  EXPECT_THAT(text("corpus", FolderKind::kRun), HasSubstr("this is a corpus: expected a run"));
  EXPECT_THAT(text("run", FolderKind::kCorpus), HasSubstr("this is a run: expected a corpus"));
  EXPECT_THAT(text("nowhere", FolderKind::kRun), HasSubstr("no such folder"));
}

}  // namespace
}  // namespace p5
