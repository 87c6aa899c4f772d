#include "base/file_lock.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using Open = FileLock::Open;

TEST(FileLock, OneHolderAtATime) {
  const test::TemporaryFolder folder;
  {
    const auto lock = FileLock::acquire(folder / "lock", Open::kEither);
    ASSERT_TRUE(lock.has_value());
    EXPECT_TRUE(lock->held());
    lock->write("first and longer");
    lock->write("mine");
    EXPECT_EQ(lock->read(), "mine");
    EXPECT_FALSE(FileLock::acquire(folder / "lock", Open::kEither).has_value());
    EXPECT_FALSE(FileLock::acquire(folder / "lock", Open::kExisting).has_value());
  }
  const auto next = FileLock::acquire(folder / "lock", Open::kExisting);
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->read(), "mine");
}

TEST(FileLock, AProgramThatDiesGivesItUp) {
  const test::TemporaryFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = FileLock::acquire(folder / "lock", Open::kNew);
    ::_exit(lock && lock->held() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(FileLock::acquire(folder / "lock", Open::kExisting).has_value());
}

TEST(FileLock, NewAndExistingMeanIt) {
  const test::TemporaryFolder folder;
  EXPECT_FALSE(FileLock::acquire(folder / "lock", Open::kExisting).has_value());
  EXPECT_TRUE(FileLock::acquire(folder / "lock", Open::kNew).has_value());
  EXPECT_THROW(FileLock::acquire(folder / "lock", Open::kNew), Error);
}

TEST(FileLock, ALinkIsNotFollowed) {
  const test::TemporaryFolder folder;
  fs::create_symlink(folder / "elsewhere", folder / "lock");
  EXPECT_THROW(FileLock::acquire(folder / "lock", Open::kEither), Error);
  EXPECT_FALSE(FileLock::acquire(folder / "lock", Open::kExisting).has_value());
  EXPECT_FALSE(fs::exists(folder / "elsewhere"));
}

}  // namespace
}  // namespace p5
