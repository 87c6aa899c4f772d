#include "base/shared_library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>

#include "base/file.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const SharedLibrary library({.file = "libp5_torch.so", .provides = "LibTorch", .remedy = "a build with -DP5_TORCH=ON"});

// Run by the test below, in a copy of this program in a folder of its own.
TEST(SharedLibrary, DISABLED_PrintsTheError) {
  try {
    library.symbol("p5_make_torch_model");
  } catch (const Error& error) {
    std::cout << "code " << exit_code_of(error) << ", " << error.what() << std::endl;
  }
}

std::string error_in(const fs::path& folder) {
  fs::copy_file("/proc/self/exe", folder / "copy", fs::copy_options::overwrite_existing);
  const std::string command = (folder / "copy").string() +
                              " --gtest_also_run_disabled_tests --gtest_filter=SharedLibrary.DISABLED_PrintsTheError";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string output;
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) output += buffer.data();
  return output;
}

TEST(SharedLibrary, FindsWhatTheProgramAlreadyHolds) { EXPECT_NE(library.symbol("malloc"), nullptr); }

TEST(SharedLibrary, SaysHowToGetTheLibrary) {
  const test::TemporaryFolder folder;
  EXPECT_THAT(error_in(folder.path()), AllOf(HasSubstr("code 5, this needs LibTorch"), HasSubstr("libp5_torch.so"),
                                             HasSubstr("expected a build with -DP5_TORCH=ON")));
}

TEST(SharedLibrary, SaysWhyALibraryBesideItCannotBeLoaded) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "libp5_torch.so", "not a library");
  EXPECT_THAT(error_in(folder.path()), AllOf(HasSubstr("code 5"), HasSubstr((folder / "libp5_torch.so").string()),
                                             Not(HasSubstr("No such file"))));
}

}  // namespace
}  // namespace p5
