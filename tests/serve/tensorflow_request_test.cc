// Rows of the contract: what is sent to TensorFlow Serving, and what it says.
#include "serve/tensorflow_request.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace p5 {
namespace {

const ServeOptions kOptions{.max_k = 50, .max_history = 4, .max_requests = 3};

// What an action is refused with: "STATUS text", or "" where it is not.
template <typename Action>
std::string refusal(Action&& action) {
  try {
    action();
    return "";
  } catch (const TensorflowError& error) {
    return std::to_string(error.status) + " " + error.text;
  }
}

TEST(TensorflowTarget, ReadsPathsInAnyCaseOfLetters) {
  struct Row {
    const char *http_method, *path, *name;
    std::int64_t version;  // -1: none
    const char *label, *method;
    bool metadata;
  };
  for (const Row& row :
       {Row{"POST", "/v1/models/m:predict", "m", -1, "", "predict", false},
        Row{"POST", "/V1/MODELS/m/VERSIONS/12:Classify", "m", 12, "", "classify", false},
        Row{"POST", "/v1/models/m/labels/Beta:regress", "m", -1, "Beta", "regress", false},
        Row{"POST", "/v1/models/a%2Fb:predict", "a/b", -1, "", "predict", false},
        Row{"GET", "/v1/models/m", "m", -1, "", "", false}, Row{"GET", "/v1/models/m/Metadata", "m", -1, "", "", true},
        Row{"GET", "/v1/models/metadata", "metadata", -1, "", "", false},
        Row{"GET", "/v1/models/m/versions/3/metadata", "m", 3, "", "", true},
        Row{"GET", "/v1/models/m/labels/x%20y", "m", -1, "x y", "", false}}) {
    const TensorflowTarget target = TensorflowTarget::parse(row.http_method, row.path);
    EXPECT_EQ(target.name, row.name) << row.path;
    EXPECT_EQ(target.version.value_or(-1), row.version) << row.path;
    EXPECT_EQ(target.label, row.label) << row.path;
    EXPECT_EQ(target.method, row.method) << row.path;
    EXPECT_EQ(target.metadata, row.metadata) << row.path;
  }
}

TEST(TensorflowTarget, RefusesOtherPathsInItsWords) {
  for (const auto& [method, path, wanted] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {"GET", "/v1/foo", "400 Malformed request: GET /v1/foo"},
           {"GET", "/v1/models", "400 Missing model name in request."},
           {"GET", "/v1/models/versions/3", "400 Missing model name in request."},
           {"GET", "/v1/models/m:predict", "400 Malformed request: GET /v1/models/m:predict"},
           {"GET", "/v1/models/m/versions/x", "400 Malformed request: GET /v1/models/m/versions/x"},
           {"GET", "/v1/models/m/versions/1/labels/x", "400 Malformed request: GET /v1/models/m/versions/1/labels/x"},
           {"GET", "/v1/models/m/", "400 Malformed request: GET /v1/models/m/"},
           {"GET", "/v1/models/m/versions/99999999999999999999",
            "400 Failed to convert version: 99999999999999999999 to numeric."},
           {"POST", "/v1/models/m", "400 Malformed request: POST /v1/models/m"},
           {"POST", "/v1/models/m:train", "400 Malformed request: POST /v1/models/m:train"},
           {"POST", "/v1/models/m/metadata:predict", "400 Malformed request: POST /v1/models/m/metadata:predict"},
           {"POST", "/v1/models/:predict", "400 Malformed request: POST /v1/models/:predict"},
           {"POST", "/v1/models/a:b:predict", "400 Malformed request: POST /v1/models/a:b:predict"},
           {"DELETE", "/v1/models/m", "400 Malformed request: DELETE /v1/models/m"}}) {
    EXPECT_EQ(refusal([&] { TensorflowTarget::parse(method, path); }), wanted);
  }
}

TEST(TensorflowTarget, NamesServables) {
  EXPECT_EQ(TensorflowTarget::parse("GET", "/v1/models/m").servable(), "Latest(m)");
  EXPECT_EQ(TensorflowTarget::parse("GET", "/v1/models/m/versions/7").servable(), "Specific(m, 7)");
}

TensorflowPredict predict(const std::string& body) {
  return parse_tensorflow_predict(body, kOptions, require_tensorflow_signature);
}

TEST(TensorflowPredict, ReadsRowsAndColumns) {
  const auto rows = predict(R"({"signature_name": "", "instances": ["u", {"b64": "dg=="}]})");
  EXPECT_TRUE(rows.rows);
  ASSERT_EQ(rows.requests.size(), 2u);
  EXPECT_EQ(rows.requests[0].user, "u");
  EXPECT_EQ(rows.requests[1].user, "v");
  const auto objects = predict(
      R"({"instances": [{"history": ["a", {"b64": "Yg=="}], "k": 7, "candidates": ["c"], "prompt_id": "2-1"}]})");
  ASSERT_EQ(objects.requests.size(), 1u);
  EXPECT_EQ(objects.requests[0].history, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(objects.requests[0].candidates, std::vector<std::string>{"c"});
  EXPECT_EQ(objects.requests[0].prompt_id, "2-1");
  EXPECT_EQ(objects.requests[0].k, 7);
  const auto columns = predict(R"({"inputs": {"user_id": ["u", "v"], "k": 3, "other": 1}})");
  EXPECT_FALSE(columns.rows);
  ASSERT_EQ(columns.requests.size(), 2u);
  EXPECT_EQ(columns.requests[1].user, "v");
  EXPECT_EQ(columns.requests[1].k, 3);
  EXPECT_EQ(predict(R"({"inputs": ["u", "v"]})").requests.at(1).user, "v");
  EXPECT_EQ(predict(R"({"inputs": "u"})").requests.at(0).user, "u");
  EXPECT_EQ(predict(R"({"inputs": {"b64": "dg=="}})").requests.at(0).user, "v");
  EXPECT_EQ(predict(R"({"inputs": {"user_id": "u"}})").requests.at(0).user, "u");
  EXPECT_EQ(predict(R"({"inputs": {"history": [["a"], ["b", "c"]]}})").requests.at(1).history.size(), 2u);
}

TEST(TensorflowPredict, RefusesInItsWordsAndOrder) {
  for (
      const auto& [body, wanted] : std::vector<std::pair<std::string, std::string>>{
          {"", "400 JSON Parse error: The document is empty"},
          {" \n", "400 JSON Parse error: The document is empty. at offset: 2"},
          {"{\"instances\": [NaN]}", "400 JSON Parse error: Invalid value. at offset: 15"},
          {"[1]", "400 JSON Value: [\n    1\n] Is not object"},
          {R"({"signature_name": 1})",
           "400 JSON Value: {\n    \"signature_name\": 1\n} not formatted correctly. "
           "'signature_name' key must be a string value."},
          {R"({"signature_name": "x"})", "400 Serving signature name: \"x\" not found in signature def"},
          {R"({"instances": 1, "inputs": 2})",
           "400 JSON Value: {\n    \"inputs\": 2,\n    \"instances\": 1\n} Not formatted correctly expecting only one "
           "of "
           "'inputs' or 'instances' keys to exist "},
          {R"({"instances": 1})",
           "400 JSON Value: {\n    \"instances\": 1\n} Excepting 'instances' to be an list/array"},
          {R"({"instances": []})", "400 JSON Value: {\n    \"instances\": []\n} No values in 'instances' array"},
          {"{}", "400 Missing 'inputs' or 'instances' key"},
          {R"({"instances": ["u", 1]})",
           "400 Failed to process element: 1 of 'instances' list. Error: INVALID_ARGUMENT: JSON Value: 1 Type: Number "
           "is "
           "not of expected type: string"},
          {R"({"instances": [null]})",
           "400 Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: JSON Value: null Type: Null "
           "is not of expected type: string"},
          {R"({"instances": [{"b64": "*"}]})",
           "400 Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: Unable to base64 decode"},
          {R"({"instances": [{"user_id": "u"}, "v"]})", "400 Expecting object but got list at item 1 of input list"},
          {R"({"instances": ["v", {"user_id": "u"}]})",
           "400 Expecting value/list but got object at item 1 of input list"},
          {R"({"instances": [{"user": "u"}]})",
           "400 Failed to process element: 0 key: user of 'instances' list. Error: INVALID_ARGUMENT: JSON object: does "
           "not have named input: user"},
          {R"({"instances": [{"user_id": {"x": 1}}]})",
           "400 Failed to process element: 0 key: user_id of 'instances' list. Error: INVALID_ARGUMENT: JSON Value: {\n"
           "    \"x\": 1\n} not formatted correctly for base64 data"},
          {R"({"instances": [{"history": "a"}]})",
           "400 Failed to process element: 0 key: history of 'instances' list. Error: INVALID_ARGUMENT: JSON Value: "
           "\"a\" Type: String is not of expected type: string"},
          {R"({"instances": [{"history": [["a"]]}]})",
           "400 Failed to process element: 0 key: history of 'instances' list. Error: INVALID_ARGUMENT: Encountered "
           "list "
           "at unexpected level: 1 expected < 1"},
          {R"({"instances": [{"history": ["a", "b", "c", "d", "e"]}]})",
           "400 Failed to process element: 0 key: history of 'instances' list. Error: INVALID_ARGUMENT: too many "
           "values "
           "in a list: at most 4"},
          {R"({"instances": [{"user_id": "u", "k": 1.5}]})",
           "400 Failed to process element: 0 key: k of 'instances' list. Error: INVALID_ARGUMENT: JSON Value: 1.5 "
           "Type: "
           "Number is not of expected type: int64"},
          {R"({"instances": [{"user_id": "u", "k": 51}]})",
           "400 Failed to process element: 0 key: k of 'instances' list. Error: INVALID_ARGUMENT: input k must be 1 to "
           "50"},
          {R"({"instances": ["a", "b", "c", "d"]})", "400 too many rows: at most 3"},
          {R"({"inputs": {}})", "400 Missing named input: user_id in 'inputs' object."},
          {R"({"inputs": []})", "400 Missing named input: user_id in 'inputs' object."},
          {R"({"inputs": {"user_id": ["u", "v"], "k": [1]}})", "400 input k has 1 rows, others 2"},
          {R"({"inputs": {"user_id": [true]}})", "400 JSON Value: true Type: True is not of expected type: string"}}) {
    EXPECT_EQ(refusal([&] { predict(body); }), wanted) << body;
  }
}

// The model is looked for before the inputs are read, and after the body is.
TEST(TensorflowPredict, AsksForTheModelInItsPlace) {
  const auto refused = [](const std::string& body) {
    return refusal([&] {
      parse_tensorflow_predict(body, kOptions, [](const std::string&) { throw TensorflowError{404, "no model"}; });
    });
  };
  EXPECT_EQ(refused("{}"), "404 no model");
  EXPECT_EQ(refused(R"({"instances": []})"), "404 no model");
  EXPECT_EQ(refused(""), "400 JSON Parse error: The document is empty");
}

TEST(TensorflowExamples, ReadsFeaturesAndTheContext) {
  const auto parsed = parse_tensorflow_examples(
      R"({"signature_name": "s", "context": {"user_id": ["u"]},
          "examples": [{"item_id": "a"}, {"user_id": {"b64": "dg=="}, "item_id": [7, 8]}, {"item_id": ["b"], "x": [1.5]}]})",
      true, kOptions);
  EXPECT_EQ(parsed.signature_name, "s");
  ASSERT_EQ(parsed.examples.size(), 3u);
  EXPECT_EQ(parsed.examples[0].user, "u");
  EXPECT_EQ(parsed.examples[0].item, "a");
  EXPECT_EQ(parsed.examples[1].user, "v");
  EXPECT_EQ(parsed.examples[1].item, "7");
}

TEST(TensorflowExamples, RefusesInItsWords) {
  const std::string unexpected = "has element with unexpected JSON type:";
  for (const auto& [body, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"", "400 JSON Parse error: The document is empty"},
           {"{}", "400 JSON Value: {} When method is classify, key 'examples' is expected and was not found"},
           {R"({"examples": 1})",
            "400 JSON Value: {\n    \"examples\": 1\n} Expecting 'examples' value to be an list/array"},
           {R"({"examples": []})", "400 JSON Value: {\n    \"examples\": []\n} 'examples' value is an empty array"},
           {R"({"examples": [1]})", "400 Example must be JSON object but got JSON Number"},
           {R"({"context": [], "examples": [{}]})", "400 Example must be JSON object but got JSON Array"},
           {R"({"examples": [{"user_id": null}]})", "400 Feature: user_id " + unexpected + " Null"},
           {R"({"examples": [{"x": {"y": 1}}]})", "400 Feature: x " + unexpected + " Object"},
           {R"({"examples": [{"x": [["y"]]}]})", "400 Feature: x " + unexpected + " Array"},
           {R"({"examples": [{"x": ["y", 1]}]})", "400 Unexpected element type in feature: x expecting type: bytes"},
           {R"({"examples": [{"x": [true, 1.5]}]})", "400 Unexpected element type in feature: x expecting type: int64"},
           {R"({"examples": [{"x": [1.5, 1]}]})", "400 Unexpected element type in feature: x expecting type: float"},
           {R"({"examples": [{"x": 18446744073709551615}]})",
            "400 Feature: x has uint64 element. Only int64 is supported."},
           {R"({"examples": [{"user_id": "u"}]})",
            "400 Name: <unknown>, Feature: item_id (data type: string) is required but could not be found."},
           {R"({"examples": [{"user_id": []}]})",
            "400 Name: <unknown>, Feature: user_id (data type: string) is required but could not be found."},
           {R"({"examples": [{}, {}, {}, {}]})", "400 too many examples: at most 3"}}) {
    EXPECT_EQ(refusal([&] { parse_tensorflow_examples(body, true, kOptions); }), wanted) << body;
  }
}

}  // namespace
}  // namespace p5
