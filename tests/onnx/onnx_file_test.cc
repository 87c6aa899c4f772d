#include "onnx/onnx_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

// Another reader of protobuf's wire format: fields by number, each as its bytes or its number.
struct Field {
  std::string bytes;
  std::uint64_t number = 0;
};
using Fields = std::multimap<std::uint32_t, Field>;

std::uint64_t read_varint(std::string_view& text) {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(text.front());
    text.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
}

Fields fields_of(std::string_view text) {
  Fields fields;
  while (!text.empty()) {
    const std::uint64_t tag = read_varint(text);
    Field field;
    std::size_t size = 0;
    if (tag % 8 == 0) field.number = read_varint(text);
    if (tag % 8 == 2) size = read_varint(text);
    if (tag % 8 == 5) size = 4;
    EXPECT_LE(size, text.size());
    field.bytes = text.substr(0, size);
    text.remove_prefix(size);
    fields.emplace(static_cast<std::uint32_t>(tag / 8), field);
  }
  return fields;
}

std::vector<Field> all(const Fields& fields, std::uint32_t number) {
  std::vector<Field> found;
  for (auto [at, end] = fields.equal_range(number); at != end; ++at) found.push_back(at->second);
  return found;
}

Field one(const Fields& fields, std::uint32_t number) {
  EXPECT_EQ(fields.count(number), 1u) << "field " << number;
  return fields.find(number)->second;
}

OnnxGraph small_graph() {
  OnnxGraph graph("small");
  const std::string input = graph.input({"x", OnnxType::kFloat, {"rows", 400}});
  const std::string large = graph.weight("large", {400, 2}, std::vector<float>(800, 0.5f));
  const std::string product = graph.node("Gemm", {input, large}, {{"transB", std::int64_t{0}}, {"alpha", 2.0f}});
  const std::string sum = graph.node("Add", {product, graph.weight("bias", {2}, {1.0f, -1.0f})});
  graph.output(sum, {"y", OnnxType::kFloat, {"rows", 2}});
  return graph;
}

TEST(OnnxFile, AnotherReaderFindsVersionsNodesWeightsAndShapes) {
  const test::TemporaryFolder folder;
  write_onnx(folder / "m.onnx", small_graph(), {.metadata = {{"key", "value"}}});
  const Fields model = fields_of(read_file(folder / "m.onnx"));
  EXPECT_EQ(one(model, 1).number, 8u);
  EXPECT_EQ(one(fields_of(one(model, 8).bytes), 2).number, 17u);
  EXPECT_EQ(one(fields_of(one(model, 14).bytes), 2).bytes, "value");
  const Fields graph = fields_of(one(model, 7).bytes);
  ASSERT_THAT(all(graph, 1), SizeIs(3));
  const Fields gemm = fields_of(all(graph, 1)[0].bytes);
  EXPECT_EQ(one(gemm, 4).bytes, "Gemm");
  EXPECT_THAT(all(gemm, 5), SizeIs(2));
  const Fields alpha = fields_of(all(gemm, 5)[1].bytes);
  float value = 0;
  std::memcpy(&value, one(alpha, 2).bytes.data(), 4);
  EXPECT_EQ(value, 2.0f);
  const Fields bias = fields_of(all(graph, 5)[1].bytes);
  EXPECT_EQ(one(bias, 8).bytes, "bias");
  EXPECT_THAT(one(bias, 9).bytes, SizeIs(8));
  const Fields dimensions =
      fields_of(one(fields_of(one(fields_of(one(fields_of(all(graph, 11)[0].bytes), 2).bytes), 1).bytes), 2).bytes);
  EXPECT_EQ(one(fields_of(all(dimensions, 1)[0].bytes), 2).bytes, "rows");
  EXPECT_EQ(one(fields_of(all(dimensions, 1)[1].bytes), 1).number, 400u);
}

TEST(OnnxFile, WeightsAboveTheLimitGoToAFileOfTheirOwn) {
  const test::TemporaryFolder folder;
  write_onnx(folder / "m.onnx", small_graph(), {.external_above = 100});
  const Fields graph = fields_of(one(fields_of(read_file(folder / "m.onnx")), 7).bytes);
  const Fields large = fields_of(all(graph, 5)[0].bytes);
  EXPECT_EQ(large.count(9), 0u);
  EXPECT_EQ(one(large, 14).number, 1u);
  std::map<std::string, std::string> entries;
  for (const Field& entry : all(large, 13)) {
    const Fields pair = fields_of(entry.bytes);
    entries[one(pair, 1).bytes] = one(pair, 2).bytes;
  }
  EXPECT_EQ(entries["location"], "m.onnx.data");
  EXPECT_EQ(std::stoul(entries["offset"]) % 4096, 0u);
  EXPECT_EQ(entries["length"], "3200");
  const std::string data = read_file(folder / "m.onnx.data");
  float first = 0;
  std::memcpy(&first, data.data() + std::stoul(entries["offset"]), 4);
  EXPECT_EQ(first, 0.5f);
  // Small ones stay, so that shapes can be found without the second file.
  EXPECT_THAT(one(fields_of(all(graph, 5)[1].bytes), 9).bytes, SizeIs(8));
}

TEST(OnnxFile, WithoutTheLimitThereIsOneFile) {
  const test::TemporaryFolder folder;
  write_onnx(folder / "m.onnx", small_graph());
  EXPECT_FALSE(file_exists(folder / "m.onnx.data"));
}

}  // namespace
}  // namespace p5
