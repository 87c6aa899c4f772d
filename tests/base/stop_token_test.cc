#include "p5/stop_token.h"

#include <gtest/gtest.h>

#include <csignal>

#include "base/interrupt.h"

namespace p5 {
namespace {

TEST(StopToken, NeverStopsWhenNobodyHoldsASource) {
  const StopToken token;
  set_interrupt(SIGINT);
  EXPECT_FALSE(token.stop_requested());
  EXPECT_EQ(token.reason(), "");
  EXPECT_NO_THROW(stop_if_requested(token, "counting interrupted"));
  set_interrupt(0);
}

TEST(StopToken, StopsAllCopiesOfItsSourceAndNoOther) {
  StopSource source, other;
  const StopToken token = source.token(), copy = token;
  EXPECT_FALSE(copy.stop_requested());
  source.request_stop();
  EXPECT_TRUE(copy.stop_requested());
  EXPECT_EQ(copy.reason(), "request");
  EXPECT_FALSE(other.token().stop_requested());
  EXPECT_THROW(stop_if_requested(token, "counting interrupted"), Interrupted);
}

TEST(StopToken, OutlivesItsSource) {
  StopToken token;
  {
    StopSource source;
    token = source.token();
    source.request_stop();
  }
  EXPECT_TRUE(token.stop_requested());
}

TEST(StopToken, OfSignalsTellsWhich) {
  const StopToken token = interrupt_token();
  EXPECT_FALSE(token.stop_requested());
  set_interrupt(SIGINT);
  EXPECT_EQ(token.reason(), "SIGINT");
  set_interrupt(SIGTERM);
  EXPECT_EQ(token.reason(), "SIGTERM");
  set_interrupt(0);
  EXPECT_FALSE(token.stop_requested());
}

}  // namespace
}  // namespace p5
