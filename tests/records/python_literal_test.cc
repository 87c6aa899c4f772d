#include "records/python_literal.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "records/text_encoding.h"

namespace p5 {
namespace {

using testing::HasSubstr;

std::string json_of(std::string_view text) {
  std::string json;
  const char* reason = python_literal_to_json(text, json);
  if (reason != nullptr) return std::string("error: ") + reason;
  EXPECT_TRUE(nlohmann::json::accept(json)) << json;
  return json;
}

TEST(PythonLiteral, Values) {
  EXPECT_EQ(json_of("{'a': True, 'b': False, 'c': None}"), R"({"a":true,"b":false,"c":null})");
  EXPECT_EQ(json_of("[1, -2.5, +3, 4L, 1_000, .5, 5., 1e3, 1.e3, 007]"), "[1,-2.5,3,4,1000,0.5,5.0,1e3,1.0e3,7]");
  EXPECT_EQ(json_of("('a', ('b',), ())"), R"(["a",["b"],[]])");
  EXPECT_EQ(json_of("{'a': [1, 2,], }"), R"({"a":[1,2]})");
  EXPECT_EQ(json_of("{1: 'x', -2: 'y'}"), R"({"1":"x","-2":"y"})");
  EXPECT_EQ(json_of("[nan, inf, -inf]"), "[null,null,null]");
  EXPECT_EQ(json_of(" {} "), "{}");
}

TEST(PythonLiteral, Strings) {
  EXPECT_EQ(json_of(R"('it\'s "quoted"')"), R"("it's \"quoted\"")");
  EXPECT_EQ(json_of(R"("it's")"), R"("it's")");
  EXPECT_EQ(json_of(R"(u'\u00e9\U0001f600' b'x' "y")"), "\"é😀xy\"");
  EXPECT_EQ(json_of(R"('\n\t\\\a\101\x41\q')"), R"("\u000a\u0009\\\u0007AA\\q")");
  EXPECT_EQ(json_of(R"(r'\n')"), R"("\\n")");
  EXPECT_EQ(json_of(R"(u'\ud83d\ude00 \ud83d')"), "\"😀 \xef\xbf\xbd\"");
  EXPECT_EQ(json_of(R"('''a''')"), R"("a")");
}

TEST(PythonLiteral, BytesOfPython2AreUtf8WhereTheyCanBe) {
  EXPECT_EQ(json_of(R"('caf\xc3\xa9')"), "\"café\"");
  EXPECT_EQ(json_of(R"('caf\xe9')"), "\"café\"");
  EXPECT_EQ(json_of(R"(u'caf\xc3\xa9')"), "\"cafÃ©\"");
}

TEST(PythonLiteral, RefusesWhatIsNoLiteral) {
  for (const char* text : {"",
                           "{",
                           "{'a'}",
                           "{'a':}",
                           "{'a' 1}",
                           "{'a': 1 'b': 2}",
                           "[1 2]",
                           "[1",
                           "'open",
                           "'open\\",
                           "'\\x4'",
                           "'\\u12'",
                           "'\\N{BULLET}'",
                           "__import__('os')",
                           "1 + 1",
                           "{'a': open('x')}",
                           "{[]: 1}",
                           "lambda: 0",
                           "0x10",
                           "1j",
                           "--1",
                           "1e999",
                           "{'a': 1} x",
                           "(1",
                           "True1",
                           "{**{}}",
                           "f'{1}'",
                           "r'\\"}) {
    EXPECT_THAT(json_of(text), HasSubstr("error: Python literal")) << text;
  }
}

TEST(PythonLiteral, NestingIsLimited) {
  EXPECT_EQ(json_of(std::string(60, '[') + std::string(60, ']')), std::string(60, '[') + std::string(60, ']'));
  EXPECT_THAT(json_of(std::string(1'000'000, '[')), HasSubstr("deep"));
  std::string dicts;
  for (int i = 0; i < 100000; ++i) dicts += "{'a':";
  EXPECT_THAT(json_of(dicts), HasSubstr("deep"));
}

TEST(PythonLiteral, ToldFromJsonByTheFirstKey) {
  EXPECT_TRUE(looks_like_python("{'asin': 1}"));
  EXPECT_TRUE(looks_like_python(" { u'asin': 1}"));
  EXPECT_FALSE(looks_like_python("{\"asin\": 'x'}"));
  EXPECT_FALSE(looks_like_python("{}"));
  EXPECT_FALSE(looks_like_python("'asin'"));
}

}  // namespace
}  // namespace p5
