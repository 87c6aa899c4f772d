// Rows of the Open Inference Protocol, version 2: JSON, and raw tensors after it.
#include "serve/inference_tensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "p5/error.h"

namespace p5 {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;
using Json = nlohmann::json;

const std::vector<TensorType> kTypes{{"user_id", "BYTES"}, {"k", "INT64"}};

InferenceRequest parse(const std::string& json, const std::string& raw, bool header = true) {
  HttpRequest request{.method = "POST", .path = "/", .body = json + raw};
  if (header) request.headers.emplace_back("inference-header-content-length", std::to_string(json.size()));
  return parse_inference(request, kTypes);
}

std::string input(const std::string& fields) { return R"({"inputs": [{)" + fields + "}]}"; }

// An input of users as raw bytes of this size.
std::string raw_users(int count, std::size_t bytes) {
  return input(R"("name": "user_id", "datatype": "BYTES", "shape": [)" + std::to_string(count) +
               R"(], "parameters": {"binary_data_size": )" + std::to_string(bytes) + "}");
}

TEST(InferenceTensors, ReadsJsonNestedOrFlat) {
  for (const char* data : {R"(["a", "b"])", R"([["a"], ["b"]])"}) {
    const InferenceRequest parsed = parse(
        input(R"("name": "user_id", "datatype": "BYTES", "shape": [2, 1], "data": )" + std::string(data)), "", false);
    ASSERT_EQ(parsed.inputs.size(), 1u);
    EXPECT_EQ(parsed.inputs[0].texts, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(parsed.inputs[0].rows(), 2u);
  }
}

TEST(InferenceTensors, ReadsRawBytesInTheOrderOfTheInputs) {
  const std::string json =
      R"({"id": "7", "parameters": {"binary_data_output": true}, "inputs": [
          {"name": "user_id", "datatype": "BYTES", "shape": [2], "parameters": {"binary_data_size": 11}},
          {"name": "k", "datatype": "INT64", "shape": [1], "parameters": {"binary_data_size": 8}}],
          "outputs": [{"name": "x"}, {"name": "y", "parameters": {"binary_data": false}}]})";
  const InferenceRequest parsed = parse(json, "\3\0\0\0abc\0\0\0\0"s + "\x2c\1\0\0\0\0\0\0"s);
  EXPECT_EQ(parsed.id, "7");
  EXPECT_EQ(parsed.inputs.at(0).texts, (std::vector<std::string>{"abc", ""}));
  EXPECT_EQ(parsed.inputs.at(1).numbers, std::vector<std::int64_t>{300});
  EXPECT_TRUE(parsed.raw_outputs);
  EXPECT_TRUE(parsed.outputs.at(0).raw);
  EXPECT_FALSE(parsed.outputs.at(1).raw);
  const InferenceRequest minus =
      parse(input(R"("name": "k", "datatype": "INT64", "shape": [1], "parameters": {"binary_data_size": 8})"),
            std::string(8, '\xff'));
  EXPECT_EQ(minus.inputs.at(0).numbers, std::vector<std::int64_t>{-1});
}

TEST(InferenceTensors, RefusesWithOneSentence) {
  struct Row {
    std::string json, raw;
    const char* part;
  };
  const std::string user = R"("name": "user_id", "datatype": "BYTES")";
  for (const Row& row : {
           Row{"", "", "bad body"},
           Row{"[]", "", "bad body"},
           Row{"{}", "", "inputs: a field is missing"},
           Row{R"({"inputs": []})", "", "inputs: a field is missing"},
           Row{R"({"id": 1, "inputs": [1]})", "", "id: bad value"},
           Row{R"({"inputs": [1]})", "", "tensors with a name"},
           Row{input(R"("name": "other")"), "", "input 'other': unknown input: expected one of user_id, k"},
           Row{input(R"("name": "user_id", "datatype": "FP32")"), "", "bad datatype: expected BYTES"},
           Row{input(user), "", "bad shape"},
           Row{input(user + R"(, "shape": [-1], "data": [])"), "", "bad shape"},
           Row{input(user + R"(, "shape": [10000000, 10], "data": [])"), "", "bad shape"},
           Row{input(user + R"(, "shape": [2], "data": ["a"])"), "", "expected 2 elements, got 1"},
           Row{input(user + R"(, "shape": [1], "data": [1])"), "", "expected a text"},
           Row{input(user + R"(, "shape": [1], "data": "a")"), "", "bad data"},
           Row{input(user + R"(, "shape": [1])"), "", "got neither"},
           Row{input(R"("name": "k", "datatype": "INT64", "shape": [1], "data": [1.5])"), "", "a whole number"},
           Row{input(R"("name": "k", "datatype": "INT64", "shape": [1], "data": [18446744073709551615])"), "",
               "a whole number"},
           Row{input(user + R"(, "shape": [1], "data": ["a"], "parameters": {"binary_data_size": 5})"), "", "got both"},
           Row{input(user + R"(, "shape": [1], "parameters": {"binary_data_size": -1})"), "", "bad binary_data_size"},
           Row{input(user + R"(, "shape": [1], "parameters": {"x": []})"), "", "bad parameters"},
           Row{input(user + R"(, "shape": [1], "parameters": 1)"), "", "bad parameters"},
           Row{raw_users(1, 5), "\1\0\0\0"s, "the body is too short: expected 5 bytes, got 4 after the JSON"},
           Row{raw_users(1, 5), "\2\0\0\0a"s, "an element is cut short"},
           Row{raw_users(1, 4), "\xff\xff\xff\xff"s, "an element is cut short"},
           Row{raw_users(1, 3), "\1\0\0"s, "an element is cut short"},
           Row{raw_users(2, 5), "\1\0\0\0a"s, "expected 2 elements, got 1"},
           Row{raw_users(1, 5), "\1\0\0\0\xff"s, "UTF-8"},
           Row{raw_users(1, 5), "\1\0\0\0ab"s, "bytes are left over"},
           Row{input(R"("name": "k", "datatype": "INT64", "shape": [1], "parameters": {"binary_data_size": 7})"),
               "1234567", "a multiple of 8 bytes"},
           Row{R"({"inputs": [{"name": "k", "datatype": "INT64", "shape": [1], "data": [1]},
                              {"name": "k", "datatype": "INT64", "shape": [1], "data": [1]}]})",
               "", "given twice"},
           Row{R"({"outputs": 1, "inputs": [{"name": "k", "datatype": "INT64", "shape": [1], "data": [1]}]})", "",
               "outputs: bad value"},
           Row{R"({"parameters": {"binary_data_output": 1},
                   "inputs": [{"name": "k", "datatype": "INT64", "shape": [1], "data": [1]}]})",
               "", "binary_data_output: bad parameter"},
       }) {
    try {
      parse(row.json, row.raw);
      ADD_FAILURE() << "was not refused: " << row.json;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << row.json;
      EXPECT_THAT(error.what(), HasSubstr(row.part)) << row.json;
    }
  }
}

TEST(InferenceTensors, RefusesLengthsThatTheBodyDoesNotHave) {
  for (const char* length : {"-1", "x", "", "3", "99999999999999999999", "2 "}) {
    HttpRequest request{.method = "POST", .path = "/", .body = "{}"};
    request.headers.emplace_back("inference-header-content-length", length);
    try {
      parse_inference(request, kTypes);
      ADD_FAILURE() << length;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("Inference-Header-Content-Length")) << length;
    }
  }
}

TEST(InferenceTensors, WritesEachOutputAsItIsAskedFor) {
  const OutputTensor keys{.name = "item_id", .datatype = "BYTES", .shape = {1, 2}, .raw = true, .texts = {"ab", ""}};
  OutputTensor scores{.name = "score", .datatype = "FP32", .shape = {1, 2}, .numbers = {0.1F, -2.0F}};
  HttpResponse response = inference_response({{"id", "7"}}, {keys, scores});
  const std::string* length = nullptr;
  for (const auto& [name, value] : response.headers) {
    if (name == "Inference-Header-Content-Length") length = &value;
  }
  ASSERT_NE(length, nullptr);
  EXPECT_EQ(response.content_type, "application/octet-stream");
  const std::size_t size = std::stoul(*length);
  const Json answer = Json::parse(response.body.substr(0, size));
  EXPECT_EQ(answer.at("outputs").at(0), Json::parse(R"({"name": "item_id", "datatype": "BYTES", "shape": [1, 2],
                                                        "parameters": {"binary_data_size": 10}})"));
  EXPECT_EQ(response.body.substr(size), "\2\0\0\0ab\0\0\0\0"s);
  EXPECT_NE(response.body.find("[0.1,-2.0]"), std::string::npos) << "as few digits as a float32 needs";

  scores.raw = true;
  response = inference_response(Json::object(), {scores});
  EXPECT_EQ(response.body.substr(response.body.size() - 8), "\xcd\xcc\xcc\x3d\0\0\0\xc0"s);

  scores.raw = false;
  response = inference_response(Json::object(), {scores});
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_TRUE(response.headers.empty());
}

}  // namespace
}  // namespace p5
