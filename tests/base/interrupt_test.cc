#include "base/interrupt.h"

#include <gtest/gtest.h>

#include <csignal>

namespace p5 {
namespace {

TEST(Interrupt, TheFirstSignalAsksAndTheSecondEnds) {
  EXPECT_EXIT(
      {
        install_interrupt_handlers();
        if (interrupt_requested() != 0) std::exit(1);
        std::raise(SIGTERM);
        if (interrupt_requested() != SIGTERM) std::exit(2);
        std::raise(SIGINT);
        std::exit(3);
      },
      testing::ExitedWithCode(128 + SIGINT), "");
}

TEST(Interrupt, ALostTerminalAsksUnlessItIsIgnored) {
  EXPECT_EXIT(
      {
        install_interrupt_handlers();
        std::raise(SIGHUP);
        std::exit(interrupt_requested());
      },
      testing::ExitedWithCode(SIGHUP), "");
  EXPECT_EXIT(
      {
        std::signal(SIGHUP, SIG_IGN);
        install_interrupt_handlers();
        std::raise(SIGHUP);
        std::exit(interrupt_requested());
      },
      testing::ExitedWithCode(0), "");
}

// A limit of the caller on the size of files is an error of the write.
TEST(Interrupt, ATooLargeFileDoesNotEndTheProgram) {
  EXPECT_EXIT(
      {
        install_interrupt_handlers();
        std::raise(SIGXFSZ);
        std::exit(4);
      },
      testing::ExitedWithCode(4), "");
}

// Exit codes 130 and 143 mean that the work was saved.
TEST(Interrupt, ASecondSignalWhileWorkIsUnsavedIsAFailure) {
  EXPECT_EXIT(
      {
        install_interrupt_handlers();
        const UnsavedWork training;
        std::raise(SIGTERM);
        std::raise(SIGTERM);
        std::exit(3);
      },
      testing::ExitedWithCode(5), "second signal; what was not saved is lost");
  EXPECT_EXIT(
      {
        install_interrupt_handlers();
        { const UnsavedWork training; }
        std::raise(SIGTERM);
        std::raise(SIGTERM);
        std::exit(3);
      },
      testing::ExitedWithCode(128 + SIGTERM), "");
}

TEST(Interrupt, ALostReaderDoesNotEndUnsavedWork) {
  EXPECT_EXIT(
      {
        const UnsavedWork training;
        std::raise(SIGPIPE);
        std::exit(3);
      },
      testing::ExitedWithCode(3), "");
  EXPECT_EXIT(
      {
        { const UnsavedWork training; }
        std::raise(SIGPIPE);
      },
      testing::KilledBySignal(SIGPIPE), "");
}

TEST(Interrupt, CanBeAskedAndCleared) {
  EXPECT_EQ(interrupt_requested(), 0);
  set_interrupt(SIGINT);
  EXPECT_EQ(interrupt_requested(), SIGINT);
  EXPECT_THROW(stop_if_requested(interrupt_token(), "counting interrupted"), Interrupted);
  set_interrupt(0);
  EXPECT_EQ(interrupt_requested(), 0);
  EXPECT_NO_THROW(stop_if_requested(interrupt_token(), "counting interrupted"));
}

}  // namespace
}  // namespace p5
