#include "base/mapped_file.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "support/temporary_folder.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;

fs::path write(const fs::path& file, std::size_t bytes) {
  std::ofstream(file, std::ios::binary) << std::string(bytes, 'x');
  return file;
}

// The optimiser must not leave the access out.
char last_byte_of(const MappedFile& file) {
  const volatile char* last = &file.text().back();
  return *last;
}

TEST(MappedFile, AFileThatIsCutWhileItIsReadIsNamed) {
  const test::TemporaryFolder folder;
  const fs::path path = write(folder / "column.u32", 1 << 16);
  EXPECT_EXIT(
      {
        install_lost_file_handler();
        const MappedFile other(write(folder / "other", 1 << 16));
        MappedFile moved(path);
        const MappedFile file = std::move(moved);
        fs::resize_file(path, 0);
        last_byte_of(file);
        std::exit(0);
      },
      ::testing::ExitedWithCode(3), "error: .*/column.u32: the file was cut short");
}

TEST(MappedFile, IsNamedAlsoAfterManyOthers) {
  const test::TemporaryFolder folder;
  const fs::path path = write(folder / "last", 5000), other = write(folder / "other", 5000);
  EXPECT_EXIT(
      {
        install_lost_file_handler();
        for (int i = 0; i < 2000; ++i) last_byte_of(MappedFile(other));
        const MappedFile file(path);
        fs::resize_file(path, 0);
        last_byte_of(file);
        std::exit(0);
      },
      ::testing::ExitedWithCode(3), "/last: ");
}

TEST(MappedFile, OtherFaultsEndTheProgramAsBefore) {
  EXPECT_EXIT(
      {
        install_lost_file_handler();
        std::raise(SIGBUS);
        std::raise(SIGBUS);
        std::exit(0);
      },
      ::testing::KilledBySignal(SIGBUS), "");
}

}  // namespace
}  // namespace p5
