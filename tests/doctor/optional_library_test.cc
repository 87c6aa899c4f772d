#include "doctor/optional_library.h"

#include <gmock/gmock.h>

namespace p5 {
namespace {

TEST(OptionalLibrary, OneThatIsMissingSaysWhy) {
  const OptionalLibrary missing{.name = "nothing",
                                .file = "libp5_no_such_thing.so",
                                .symbol = "p5_nothing",
                                .needed_for = "a test",
                                .package = "none",
                                .required = false};
  EXPECT_THAT(complaint_about(missing), ::testing::HasSubstr("libp5_no_such_thing.so"));
}

TEST(OptionalLibrary, OneOfTheSystemOpensAndMustHaveTheSymbol) {
  OptionalLibrary library{.name = "zlib",
                          .file = "libz.so.1",
                          .symbol = "zlibVersion",
                          .needed_for = "a test",
                          .package = "zlib1g",
                          .required = false};
  EXPECT_EQ(complaint_about(library), "");
  library.symbol = "zlib_has_no_such_symbol";
  EXPECT_THAT(complaint_about(library), ::testing::HasSubstr("zlib_has_no_such_symbol"));
}

}  // namespace
}  // namespace p5
