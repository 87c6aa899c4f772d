#include "base/replaced_folder.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

TEST(ReplacedFolder, IsReadAgain) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "header", "same text");
  int reads = 0;
  const int result = read_replaceable(folder / "header", [&] {
    if (++reads < 3) {
      write_file_atomically(folder / "header", "same text");
      throw data_error("a column of another version");
    }
    return reads;
  });
  EXPECT_EQ(result, 3);
}

TEST(ReplacedFolder, ADamagedOneIsReadOnce) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "header", "text");
  int reads = 0;
  const auto fail = [&]() -> int {
    ++reads;
    throw data_error("damaged");
  };
  EXPECT_THROW(read_replaceable(folder / "header", fail), Error);
  EXPECT_THROW(read_replaceable(folder / "absent", fail), Error);
  EXPECT_EQ(reads, 2);
}

TEST(ReplacedFolder, ReadingEndsThoughItIsReplacedForEver) {
  const test::TemporaryFolder folder;
  int reads = 0;
  EXPECT_THROW(read_replaceable(folder / "header",
                                [&]() -> int {
                                  write_file_atomically(folder / "header", std::to_string(++reads));
                                  throw data_error("a column of another version");
                                }),
               Error);
  EXPECT_EQ(reads, 20);
}

}  // namespace
}  // namespace p5
