#include "base/thread_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/thread_limit.h"
#include "p5/error.h"

namespace p5 {
namespace {

TEST(ThreadPool, TouchesEveryIndexOnce) {
  ThreadPool pool(4);
  for (const std::size_t count : {0u, 1u, 3u, 1000u}) {
    for (const std::size_t grain : {0u, 1u, 7u, 5000u}) {
      std::vector<std::atomic<int>> touched(count);
      pool.parallel_for(count, grain, [&](std::size_t begin, std::size_t end, std::size_t worker) {
        EXPECT_LT(begin, end);
        EXPECT_LE(end - begin, std::max<std::size_t>(grain, 1));
        EXPECT_LT(worker, pool.size());
        for (std::size_t i = begin; i < end; ++i) ++touched.at(i);
      });
      for (const auto& times : touched) ASSERT_EQ(times.load(), 1);
    }
  }
}

TEST(ThreadPool, WorkersHaveTheirOwnScratch) {
  ThreadPool pool(3);
  std::vector<std::uint64_t> sums(pool.size());  // unsynchronised on purpose: a shared worker index would be a race
  pool.parallel_for(10'000, 10, [&](std::size_t begin, std::size_t end, std::size_t worker) {
    for (std::size_t i = begin; i < end; ++i) sums[worker] += i;
  });
  EXPECT_EQ(std::accumulate(sums.begin(), sums.end(), std::uint64_t{0}), 10'000u * 9'999u / 2);
}

TEST(ThreadPool, RethrowsTheFirstExceptionAndGoesOn) {
  ThreadPool pool(4);
  for (int round = 0; round < 20; ++round) {
    std::atomic<std::size_t> done{0};
    const auto fail_early = [&](std::size_t begin, std::size_t, std::size_t) {
      ++done;
      if (begin == 3) throw std::runtime_error("index 3");
      std::this_thread::yield();
    };
    try {
      pool.parallel_for(1'000'000, 1, fail_early);
      FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "index 3");
    }
    EXPECT_LT(done.load(), 1'000'000u) << "the rest is skipped";
    std::atomic<std::size_t> touched{0};
    pool.parallel_for(100, 1, [&](std::size_t, std::size_t, std::size_t) { ++touched; });
    EXPECT_EQ(touched.load(), 100u);
  }
}

TEST(ThreadPool, OneThreadRunsInTheCaller) {
  ThreadPool pool(1);
  EXPECT_EQ(pool.size(), 1u);
  const auto caller = std::this_thread::get_id();
  std::size_t next = 0;
  pool.parallel_for(10, 3, [&](std::size_t begin, std::size_t end, std::size_t) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    EXPECT_EQ(begin, next);
    next = end;
  });
  EXPECT_EQ(next, 10u);
}

TEST(ThreadPool, WorkIsSpread) {
  ThreadPool pool(3);
  std::atomic<int> begun = 0;
  std::vector<std::thread::id> ids(3);
  // Each chunk waits for the others, so that no thread can have done two of them.
  pool.parallel_for(3, 1, [&](std::size_t begin, std::size_t, std::size_t) {
    ids[begin] = std::this_thread::get_id();
    ++begun;
    while (begun < 3) std::this_thread::yield();
  });
  EXPECT_EQ(std::set<std::thread::id>(ids.begin(), ids.end()).size(), 3u);
}

#ifndef __SANITIZE_ADDRESS__  // which maps more memory than any limit
// A limit that leaves memory for a few more stacks: a pool that wants hundreds of threads gets those few, and works.
[[noreturn]] void use_more_threads_than_there_is_room_for() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t limit = pages * 4096 + (rlim_t{100} << 20);
  const struct rlimit room = {limit, limit};
  if (::setrlimit(RLIMIT_AS, &room) != 0) std::_Exit(2);
  std::atomic<int> touched = 0;
  {
    ThreadPool pool(500);
    if (pool.size() >= 500 || pool.size() < 1) std::_Exit(3);
    pool.parallel_for(1000, 1, [&](std::size_t, std::size_t, std::size_t) { ++touched; });
  }
  std::_Exit(touched == 1000 ? 0 : 4);
}

TEST(ThreadPoolDeathTest, WorksWithTheThreadsThatTheSystemGives) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(use_more_threads_than_there_is_room_for(), ::testing::ExitedWithCode(0), "threads instead of 500");
}

[[noreturn]] void require_more_threads_than_there_is_room_for() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t limit = pages * 4096 + (rlim_t{100} << 20);
  const struct rlimit room = {limit, limit};
  if (::setrlimit(RLIMIT_AS, &room) != 0) std::_Exit(2);
  require_threads(0);
  require_threads(2);
  try {
    require_threads(500);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    std::_Exit(exit_code_of(error));
  }
  std::_Exit(0);
}

TEST(ThreadPoolDeathTest, AskedForThreadsMustBeThere) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(require_more_threads_than_there_is_room_for(), ::testing::ExitedWithCode(5),
              "device.threads: .*expected at most [0-9]+, .*got 500");
}
#endif

TEST(ThreadPool, ZeroTakesTheMachine) {
  EXPECT_EQ(ThreadPool(0).size(), std::max(1u, std::thread::hardware_concurrency()));
}

}  // namespace
}  // namespace p5
