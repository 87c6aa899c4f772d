#include "base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <string>
#include <utility>

#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename());
  return names;
}

template <typename Action>
Error error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error was thrown";
  return usage_error("none");
}

TEST(AtomicFileWriter, CommitReplacesTheFile) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "a", "old and longer");
  AtomicFileWriter writer(folder / "a");
  writer.write("new ");
  writer.write(std::as_bytes(std::span("bytes", 5)));
  EXPECT_EQ(writer.size(), 9u);
  EXPECT_EQ(read_file(folder / "a"), "old and longer") << "nothing shows before commit";
  writer.commit();
  EXPECT_EQ(read_file(folder / "a"), "new bytes");
  EXPECT_THAT(names_in(folder.path()), UnorderedElementsAre("a"));
}

TEST(AtomicFileWriter, WithoutCommitNothingChanges) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "a", "old");
  { AtomicFileWriter(folder / "a").write("half"); }
  { AtomicFileWriter(folder / "b").write(std::string(3 << 20, 'x')); }  // more than the buffer
  EXPECT_EQ(read_file(folder / "a"), "old");
  EXPECT_THAT(names_in(folder.path()), UnorderedElementsAre("a"));
}

TEST(AtomicFileWriter, KeepsWhatIsLargerThanItsBuffer) {
  const test::TemporaryFolder folder;
  std::string content;
  for (int i = 0; i < 300'000; ++i) content += std::to_string(i) + "\n";
  AtomicFileWriter writer(folder / "a");
  for (std::size_t at = 0; at < content.size(); at += 1000) writer.write(std::string_view(content).substr(at, 1000));
  writer.commit();
  EXPECT_EQ(read_file(folder / "a"), content);
}

TEST(AtomicFileWriter, AKilledWriterLeavesTheOldFile) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "a", "old");
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    AtomicFileWriter writer(folder / "a");
    writer.write(std::string(2 << 20, 'x'));
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(read_file(folder / "a"), "old");
}

TEST(AtomicFileWriter, AMissingFolderIsASystemError) {
  const test::TemporaryFolder folder;
  const Error error = error_of([&] { AtomicFileWriter(folder / "absent/a"); });
  EXPECT_EQ(exit_code_of(error), 5);
  EXPECT_THAT(error.what(), HasSubstr("absent/a"));
  EXPECT_THAT(error.what(), HasSubstr("No such file"));
}

TEST(AtomicFileWriter, AFolderInTheWayIsASystemErrorAndLeavesNoRest) {
  const test::TemporaryFolder folder;
  fs::create_directory(folder / "a");
  AtomicFileWriter writer(folder / "a");
  EXPECT_EQ(exit_code_of(error_of([&] { writer.commit(); })), 5);
  EXPECT_THAT(names_in(folder.path()), UnorderedElementsAre("a"));
}

TEST(AtomicDirectory, CommitMovesTheFolderIntoPlace) {
  const test::TemporaryFolder folder;
  AtomicDirectory made(folder / "deep/run/", AtomicDirectory::Existing::kRefuse);
  write_file_atomically(made.path() / "x", "1");
  EXPECT_FALSE(fs::exists(folder / "deep/run"));
  made.commit();
  EXPECT_EQ(read_file(folder / "deep/run/x"), "1");
  EXPECT_THAT(names_in(folder / "deep"), UnorderedElementsAre("run"));
}

TEST(AtomicDirectory, WithoutCommitNothingRemains) {
  const test::TemporaryFolder folder;
  {
    const AtomicDirectory made(folder / "run", AtomicDirectory::Existing::kRefuse);
    write_file_atomically(made.path() / "x", "1");
  }
  EXPECT_THAT(names_in(folder.path()), UnorderedElementsAre());
}

TEST(AtomicDirectory, RefusesAnExistingTarget) {
  const test::TemporaryFolder folder;
  fs::create_directory(folder / "run");
  const Error error = error_of([&] { AtomicDirectory(folder / "run", AtomicDirectory::Existing::kRefuse); });
  EXPECT_EQ(exit_code_of(error), 2);
  EXPECT_THAT(error.what(), HasSubstr("--force"));
  EXPECT_THAT(names_in(folder.path()), UnorderedElementsAre("run"));
}

TEST(AtomicDirectory, ReplacesAnExistingTargetAsAWhole) {
  const test::TemporaryFolder folder;
  fs::create_directory(folder / "run");
  write_file_atomically(folder / "run/old", "1");
  AtomicDirectory made(folder / "run", AtomicDirectory::Existing::kReplace);
  write_file_atomically(made.path() / "new", "2");
  EXPECT_THAT(names_in(folder / "run"), UnorderedElementsAre("old"));
  made.commit();
  EXPECT_THAT(names_in(folder / "run"), UnorderedElementsAre("new"));
  EXPECT_THAT(names_in(folder.path()), UnorderedElementsAre("run"));
}

TEST(AtomicDirectory, WithoutLeaveATargetThatAppearedMeanwhileStays) {
  const test::TemporaryFolder folder;
  AtomicDirectory made(folder / "run", AtomicDirectory::Existing::kRefuse);
  write_file_atomically(made.path() / "new", "2");
  fs::create_directory(folder / "run");
  write_file_atomically(folder / "run/old", "1");
  EXPECT_EQ(exit_code_of(error_of([&] { made.commit(); })), 2);
  EXPECT_THAT(names_in(folder / "run"), UnorderedElementsAre("old"));
}

TEST(AtomicDirectory, ATargetBehindALinkIsReplacedWhereItLies) {
  const test::TemporaryFolder folder;
  fs::create_directory(folder / "disk");
  fs::create_directory(folder / "disk/run");
  fs::create_directory_symlink(folder / "disk/run", folder / "link");
  AtomicDirectory made(folder / "link", AtomicDirectory::Existing::kReplace);
  write_file_atomically(made.path() / "new", "2");
  made.commit();
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_THAT(names_in(folder / "disk/run"), UnorderedElementsAre("new"));
  EXPECT_THAT(names_in(folder / "disk"), UnorderedElementsAre("run"));
}

TEST(AtomicDirectory, TheRootIsNoTarget) {
  EXPECT_EQ(exit_code_of(error_of([] { AtomicDirectory("/", AtomicDirectory::Existing::kReplace); })), 2);
}

TEST(AtomicFileWriter, ALinkUnderATemporaryNameIsNotWrittenThrough) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "victim", "mine");
  fs::create_symlink(folder / "victim", folder / ("a.tmp-" + std::to_string(::getpid())));
  write_file_atomically(folder / "a", "new");
  EXPECT_EQ(read_file(folder / "victim"), "mine");
}

TEST(MappedFile, ReadsAndMoves) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "a", std::string("a\0b", 3));
  MappedFile file(folder / "a");
  EXPECT_EQ(file.text(), std::string_view("a\0b", 3));
  MappedFile moved(std::move(file));
  EXPECT_EQ(moved.bytes().size(), 3u);
  MappedFile assigned;
  assigned = std::move(moved);
  EXPECT_EQ(assigned.text(), std::string_view("a\0b", 3));
}

TEST(MappedFile, AnEmptyFileIsAnEmptySpan) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "a", "");
  EXPECT_TRUE(MappedFile(folder / "a").bytes().empty());
  EXPECT_EQ(read_file(folder / "a"), "");
}

TEST(MappedFile, WhatIsNoFileIsOneClearError) {
  const test::TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  const Error absent = error_of([&] { MappedFile(folder / "absent"); });
  EXPECT_EQ(absent.code(), ErrorCode::kNotFound);
  EXPECT_EQ(exit_code_of(absent), 3);
  EXPECT_THAT(error_of([&] { MappedFile(folder.path()); }).what(), HasSubstr("not a regular file"));
  EXPECT_THAT(error_of([&] { MappedFile(folder / "pipe"); }).what(), HasSubstr("not a regular file"));
}

TEST(ReadFile, RefusesMoreThanTheLimit) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "a", "12345");
  EXPECT_EQ(read_file(folder / "a", 5), "12345");
  EXPECT_THAT(error_of([&] { read_file(folder / "a", 4); }).what(), HasSubstr("expected at most 4 bytes, got 5"));
}

}  // namespace
}  // namespace p5
