#include "recommend/numbered_name.h"

#include <gtest/gtest.h>

namespace p5 {
namespace {

TEST(NumberedName, IsReadAsItIsWritten) {
  for (const std::size_t number : {1u, 2u, 13u}) {
    const std::string name = numbered("encoder", number);
    EXPECT_EQ(split_number(name).row, "encoder");
    EXPECT_EQ(split_number(name).number, number);
  }
  EXPECT_EQ(numbered("als", 1), "als");
  EXPECT_EQ(numbered("als", 2), "als#2");
}

TEST(NumberedName, OtherFormsAreWholeNames) {
  for (const char* name : {"als#1", "als#0", "als#", "als#x", "als#2x", "als#-2", "als#99999999999999999999999"}) {
    EXPECT_EQ(split_number(name).row, name);
    EXPECT_EQ(split_number(name).number, 1u);
  }
}

}  // namespace
}  // namespace p5
