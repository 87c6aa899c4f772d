#include "pipeline/child_process.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "base/file.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

TEST(ChildProcess, TellsHowAProgramEnded) {
  EXPECT_EQ(run_child({"/bin/sh", "-c", "exit 3"}, {}).exit_code, 3);
  EXPECT_EQ(run_child({"/bin/sh", "-c", "kill -SEGV $$"}, {}).exit_code, 128 + SIGSEGV);
  EXPECT_EQ(run_child({"/no/such/program"}, {}).exit_code, 127);
  EXPECT_GT(run_child({"/bin/sh", "-c", "true"}, {}).peak_memory, 100u << 10);
}

TEST(ChildProcess, AStopIsPassedOnOnceAndWaitedFor) {
  const test::TemporaryFolder folder;
  const std::string file = (folder / "saved").string();
  StopSource stop;
  stop.request_stop();
  const auto result = run_child(
      {"/bin/sh", "-c", "trap 'echo x >> " + file + "; exit 7' TERM; for i in 1 2 3 4 5 6 7 8 9; do sleep 1; done"},
      stop.token());
  // The signal may come before the trap is set.
  if (result.exit_code == 7) {
    EXPECT_EQ(read_file(file), "x\n");
  } else {
    EXPECT_EQ(result.exit_code, 128 + SIGTERM);
  }
}

TEST(ChildProcess, WordsArePassedAsTheyAre) {
  const test::TemporaryFolder folder;
  const std::string file = (folder / "words").string();
  EXPECT_EQ(run_child({"/bin/sh", "-c", "printf '%s|' \"$@\" > \"$0\"", file, "a b", "", "'c'"}, {}).exit_code, 0);
  EXPECT_EQ(read_file(file), "a b||'c'|");
}

}  // namespace
}  // namespace p5
