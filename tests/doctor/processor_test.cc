#include "doctor/processor.h"

#include <gtest/gtest.h>

namespace p5 {
namespace {

TEST(Processor, QuotaOfAContainer) {
  EXPECT_DOUBLE_EQ(processors_of_quota("150000 100000"), 1.5);
  EXPECT_DOUBLE_EQ(processors_of_quota("max 100000"), 0);
  EXPECT_DOUBLE_EQ(processors_of_quota(""), 0);
  EXPECT_DOUBLE_EQ(processors_of_quota("100000 0"), 0);
}

TEST(Processor, ThisOneHasACore) { EXPECT_GE(this_processor().cores, 1U); }

}  // namespace
}  // namespace p5
