#include "train/process_group.h"

#include <gtest/gtest.h>

namespace p5 {
namespace {

TEST(ProcessGroup, PartsFollowOneAnotherAndAreNearlyEqual) {
  for (const std::int64_t size : {1, 2, 3, 7}) {
    for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{5}, std::size_t{1000}}) {
      std::size_t end = 0;
      for (std::int64_t rank = 0; rank < size; ++rank) {
        const PartOfWork part = part_of({.rank = rank, .size = size}, count);
        EXPECT_EQ(part.begin, end);
        EXPECT_LE(part.begin, part.end);
        EXPECT_LE(part.end - part.begin, count / static_cast<std::size_t>(size) + 1);
        end = part.end;
      }
      EXPECT_EQ(end, count);
    }
  }
}

TEST(ProcessGroup, OneProcessHasNone) { EXPECT_EQ(join_processes({}, 1), nullptr); }

}  // namespace
}  // namespace p5
