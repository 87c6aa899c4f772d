#include "base/json_field.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

std::string error_of(const std::function<void()>& run, ErrorCode code = ErrorCode::kCorrupted) {
  try {
    run();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_EQ(error.subject(), ErrorSubject::kModel);
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

const json& sample() {
  static const json object = {
      {"version", 3}, {"name", "Beauty"}, {"count", 12}, {"below", -1}, {"part", {{"items", {1, 2, 3}}}}};
  return object;
}

JsonFields fields() { return {sample(), "run.json", ErrorSubject::kModel}; }

TEST(JsonFields, GiveWhatStandsThere) {
  EXPECT_EQ(fields().text("name"), "Beauty");
  EXPECT_EQ(fields().number("count"), 12u);
  EXPECT_EQ(fields().number("count", 12), 12u);
  EXPECT_EQ(fields().object("part").list("items").size(), 3u);
  EXPECT_NO_THROW(fields().require_version(3));
}

TEST(JsonFields, NameFileFieldExpectedAndGot) {
  EXPECT_EQ(error_of([] { fields().text("count"); }), "run.json, field count: damaged file: expected a text, got 12");
  EXPECT_THAT(error_of([] { fields().text("no"); }), AllOf(HasSubstr("field no"), HasSubstr("got nothing")));
  EXPECT_THAT(error_of([] { fields().number("count", 11); }), HasSubstr("from 0 to 11, got 12"));
  EXPECT_THAT(error_of([] { fields().number("below"); }), HasSubstr("got -1"));
  EXPECT_THAT(error_of([] { fields().number("name"); }), HasSubstr("got 'Beauty'"));
  EXPECT_THAT(error_of([] { fields().object("name"); }), HasSubstr("expected a JSON object"));
  EXPECT_THAT(error_of([] { fields().list("part"); }), HasSubstr("got an object of 1"));
  EXPECT_THAT(error_of([] { fields().object("part").text("items"); }), HasSubstr("run.json, field part, field items"));
  EXPECT_THAT(error_of([] { fields().require_version(4); }, ErrorCode::kUnsupported),
              HasSubstr("field version: a file of another version: expected 4, got 3"));
}

TEST(JsonFields, ALargeValueIsNotPrintedWhole) {
  EXPECT_LT(brief(json(std::string(1 << 20, 'x'))).size(), 100u);
  EXPECT_EQ(brief(json(std::vector<int>(1000))), "an array of 1000");
  EXPECT_EQ(brief(json(std::string(79, 'x') + "\xC3\xA9")), "'" + std::string(79, 'x') + "'...");
  EXPECT_NO_THROW(brief(json("\xFF")));
}

TEST(ParseJson, RefusesWhatNestsTooDeeply) {
  EXPECT_TRUE(parse_json("{").is_discarded());
  EXPECT_EQ(parse_json("[[1]]", 2), json::parse("[[1]]"));
  EXPECT_TRUE(parse_json("[[1]]", 1).is_discarded());
  const std::string brackets(400000, '[');
  EXPECT_TRUE(parse_json("{\"a\": " + brackets + std::string(400000, ']') + "}").is_discarded());
}

TEST(ReadJson, NamesTheFile) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "a.json", "{\"a\": 1}");
  EXPECT_EQ(read_json(folder / "a.json", 100, ErrorSubject::kModel)["a"], 1);
  write_file_atomically(folder / "a.json", "{\"a\": ");
  EXPECT_THAT(error_of([&] { read_json(folder / "a.json", 100, ErrorSubject::kModel); }),
              AllOf(HasSubstr("a.json"), HasSubstr("not valid JSON")));
}

}  // namespace
}  // namespace p5
