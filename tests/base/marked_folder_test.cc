#include "base/marked_folder.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "support/temporary_folder.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> entries_of(const fs::path& folder) {
  return {fs::directory_iterator(folder), fs::directory_iterator()};
}

std::size_t abandoned_beside(const fs::path& target) {
  std::size_t count = 0;
  MarkedFolder::remove_abandoned(target, [&count](const fs::path&) { ++count; });
  return count;
}

void leave_one_behind(const fs::path& target) {
  const pid_t child = ::fork();
  if (child == 0) {
    const MarkedFolder made(target);
    std::ofstream(made.path() / "half") << "x";
    ::_exit(0);  // as abrupt as a kill: no destructor runs
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
}

TEST(MarkedFolder, GoesWithEverythingInIt) {
  const test::TemporaryFolder folder;
  {
    const MarkedFolder made(folder / "deep/a"), another(folder / "deep/a");
    EXPECT_NE(made.path(), another.path());
    fs::create_directories(made.path() / "x/y");
    EXPECT_EQ(abandoned_beside(folder / "deep/a"), 0u) << "its program lives";
    EXPECT_TRUE(fs::exists(made.path() / "x/y"));
  }
  EXPECT_TRUE(fs::is_empty(folder / "deep"));
}

TEST(MarkedFolder, WhatADeadProgramLeftIsFoundAndRemoved) {
  const test::TemporaryFolder folder;
  leave_one_behind(folder / "a");
  ASSERT_EQ(entries_of(folder.path()).size(), 1u);
  EXPECT_EQ(abandoned_beside(folder / "b"), 0u) << "of another target";
  EXPECT_EQ(abandoned_beside(folder / "a"), 1u);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(MarkedFolder, NothingWithoutItsMarkIsTouched) {
  const test::TemporaryFolder folder;
  for (const char* name : {"a.tmp-0123456789abcdef", "a.tmp-4711", "a.old-20231105"}) {
    fs::create_directory(folder / name);
  }
  std::ofstream(folder / "a.tmp-0123456789abcdef/.p5-temporary") << "of another program";
  std::ofstream(folder / "a.tmp-4711/.p5-temporary") << "p5-temporary 1\n";  // a name that p5 does not give
  EXPECT_EQ(abandoned_beside(folder / "a"), 0u);
  EXPECT_EQ(entries_of(folder.path()).size(), 3u);
}

}  // namespace
}  // namespace p5
