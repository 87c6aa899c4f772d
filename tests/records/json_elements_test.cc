#include "records/json_elements.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/file.h"
#include "support/recording_sink.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

std::vector<std::pair<std::uint64_t, std::string>> elements_of(std::string_view text) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "x.json", text);
  test::RecordingSink sink;
  LineSource lines(folder / "x.json", sink);
  JsonElements elements(lines);
  std::vector<std::pair<std::uint64_t, std::string>> all;
  std::string_view element;
  while (elements.next(element)) all.emplace_back(elements.line_number(), element);
  return all;
}

TEST(JsonElements, OfAnArray) {
  const auto all = elements_of("[{\"a\": \"}]\\\"{\"},\n {\"b\": [1, {\"c\": 2}]}\n]\n");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].second, "{\"a\": \"}]\\\"{\"}");
  EXPECT_EQ(all[1].second, "{\"b\": [1, {\"c\": 2}]}");
  EXPECT_EQ(all[1].first, 2u);
}

TEST(JsonElements, OfObjectsOverSeveralLines) {
  const auto all = elements_of("{\n \"a\": 1\n}\n{\n \"a\": 2\n}\n");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].first, 4u);
  EXPECT_EQ(elements_of("{\"a\": 1").size(), 1u) << "cut off: the parser says so";
  EXPECT_TRUE(elements_of("").empty());
}

TEST(JsonElements, DocumentsAreToldFromLines) {
  EXPECT_TRUE(is_json_document("[\n{\"a\": 1}]"));
  EXPECT_TRUE(is_json_document("{\n\"a\": 1}"));
  EXPECT_FALSE(is_json_document("{\"a\": 1}\n{\"a\": 2}\n"));
  EXPECT_FALSE(is_json_document("{\"a\": 1}"));
  EXPECT_FALSE(is_json_document("a,b\n"));
}

}  // namespace
}  // namespace p5
