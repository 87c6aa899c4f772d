#include "base/resource.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(ResourcePath, TheEnvironmentComesFirst) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "p5-test-resource", "x");
  ::setenv("P5_RESOURCES", folder.path().c_str(), 1);
  EXPECT_EQ(resource_path("p5-test-resource"), folder / "p5-test-resource");
  ::unsetenv("P5_RESOURCES");
  EXPECT_THROW(resource_path("p5-test-resource"), Error);
}

TEST(ResourcePath, FallsBackToTheSourceTree) {
  EXPECT_EQ(resource_path("LICENSE"), std::filesystem::path(P5_SOURCE_DIR) / "LICENSE");
}

TEST(ResourcePath, SaysWhereItLooked) {
  try {
    resource_path("no-such-thing");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("no-such-thing: "), HasSubstr("share/p5/no-such-thing"),
                                    HasSubstr(P5_SOURCE_DIR "/no-such-thing")));
  }
}

}  // namespace
}  // namespace p5
