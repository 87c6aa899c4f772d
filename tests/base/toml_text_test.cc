#include "base/toml_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace p5 {
namespace {

using ::testing::HasSubstr;

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

std::string complaint(const std::string& text, ErrorSubject subject = ErrorSubject::kData) {
  try {
    parse_toml(text, "file.toml", subject);
  } catch (const Error& error) {
    EXPECT_EQ(error.subject(), subject);
    return error.what();
  }
  return {};
}

TEST(TomlText, NamesTheLine) {
  EXPECT_THAT(complaint("a = 1\nb = \n"), HasSubstr("file.toml:2: "));
  EXPECT_EQ(complaint("a = 1\n[b.c]\nd = 'e'\n"), "");
}

TEST(TomlText, BadTextIsTheFaultOfItsSubject) {
  for (const auto& [subject, code] : {std::pair{ErrorSubject::kRequest, 2}, std::pair{ErrorSubject::kData, 3}}) {
    try {
      parse_toml("a", "file.toml", subject);
      FAIL() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(exit_code_of(error), code);
    }
  }
}

// The parser would overflow the stack.
TEST(TomlText, RefusesDeepNesting) {
  const int deep = 100'000;
  const std::string keys = repeated("a.", deep) + "a", quoted = repeated("\"a\" . ", deep) + "a";
  for (const std::string& text :
       {keys + " = 1", quoted + " = 1", "[" + keys + "]", "[[" + keys + "]]", "x = { " + keys + " = 1 }",
        "x = " + repeated("[", deep), "x = " + repeated("{ a = ", deep), "x = 1\n# a\n" + keys + " = 2"}) {
    EXPECT_THAT(complaint(text), HasSubstr("nested more than 64 deep")) << text.substr(0, 20);
  }
  EXPECT_THAT(complaint("x = '''\n'''\n\n" + keys + " = 1"), HasSubstr("file.toml:4: "));
}

TEST(TomlText, DotsAndBracketsOfTextAndNumbersAreNoNesting) {
  const std::string dots = repeated(".", 200), brackets = repeated("[{", 200), numbers = repeated("1.5, ", 200);
  for (const std::string& text :
       {"a = \"" + dots + brackets + "\"", "a = '" + dots + brackets + "'", "a = '''\n" + dots + brackets + "\n'''",
        "a = \"\"\"\n\\\"" + dots + brackets + "\n\"\"\"\"\"\nb = 1", "# " + dots + brackets + "\na = 1",
        "a = [" + numbers + "]", repeated("[[a.b]]\nc.d = 1.5\n", 200), "\"" + dots + "\" = 1"}) {
    EXPECT_EQ(complaint(text), "") << text.substr(0, 40);
  }
}

TEST(TomlText, SixtyFourLevelsAreAllowed) {
  EXPECT_EQ(complaint(repeated("a.", 63) + "a = 1"), "");
  EXPECT_THAT(complaint(repeated("a.", 64) + "a = 1"), HasSubstr("nested"));
}

}  // namespace
}  // namespace p5
