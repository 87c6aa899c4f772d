#include "base/memory.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace p5 {
namespace {

TEST(MemoryLimit, IsTheMachinesOrLess) {
  EXPECT_GT(memory_limit(), std::uint64_t{1} << 24);
  EXPECT_LE(memory_limit(), static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                                static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
}

TEST(MemoryLimit, FollowsTheLimitOfTheAddressSpace) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers need all of it";
#endif
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_AS, &before), 0);
  rlimit lower = before;
  lower.rlim_cur = memory_limit() - 4096;
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &lower), 0);
  const std::uint64_t got = memory_limit();
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &before), 0);
  EXPECT_EQ(got, lower.rlim_cur);
}

}  // namespace
}  // namespace p5
