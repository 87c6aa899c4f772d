#include "serve/tensorflow_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "base/base64.h"
#include "base/json_field.h"
#include "base/utf8.h"
#include "serve/http_message.h"

namespace p5 {
namespace {

using Json = nlohmann::json;

[[noreturn]] void refuse(std::string text) { throw TensorflowError{400, std::move(text)}; }

std::string lower(std::string_view text) {
  std::string small(text);
  std::ranges::transform(small, small.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return small;
}

// A value as its messages show it, the beginning of a long one.
std::string shown(const Json& value) {
  constexpr std::size_t kShownBytes = 400;
  const std::string text = value.dump(4, ' ', false, Json::error_handler_t::replace);
  return text.size() <= kShownBytes ? text : std::string(utf8_prefix(text, kShownBytes)) + "...";
}

const char* type_of(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "Null";
    case Json::value_t::boolean:
      return value.get<bool>() ? "True" : "False";
    case Json::value_t::object:
      return "Object";
    case Json::value_t::array:
      return "Array";
    case Json::value_t::string:
      return "String";
    default:
      return "Number";
  }
}

// "JSON Value: ... WHAT"
[[noreturn]] void refuse_value(const Json& value, std::string_view what) {
  refuse(fmt::format("JSON Value: {} {}", shown(value), what));
}

// What is wrong with a body that is no JSON, in the words of TensorFlow Serving's parser.
std::string parse_complaint(std::string_view body) {
  try {
    if (Json::parse(body).is_null()) return "Invalid value. at offset: 0";
  } catch (const Json::parse_error& error) {
    return fmt::format("Invalid value. at offset: {}", error.byte > 0 ? error.byte - 1 : 0);
  } catch (const Json::out_of_range& error) {  // "... parsing '1e999'"
    const std::string what = error.what();
    const auto begin = what.find('\''), end = what.rfind('\'');
    const auto offset = begin < end ? body.find(what.substr(begin + 1, end - begin - 1)) : std::string::npos;
    return fmt::format("Number too big to be stored in double. at offset: {}",
                       offset == std::string::npos ? 0 : offset);
  }
  return "Terminate parsing due to Handler error. at offset: 0";  // nested too deep
}

// The body as an object, with the name of the signature.
Json parse_body(std::string_view body, std::string& signature_name) {
  if (body.empty()) refuse("JSON Parse error: The document is empty");
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos)
    refuse(fmt::format("JSON Parse error: The document is empty. at offset: {}", body.size()));
  Json request = parse_json(body, kJsonDepth);
  if (request.is_discarded()) refuse("JSON Parse error: " + parse_complaint(body));
  if (!request.is_object()) refuse_value(request, "Is not object");
  if (const auto name = request.find("signature_name"); name != request.end()) {
    if (!name->is_string())
      refuse_value(request, "not formatted correctly. 'signature_name' key must be a string value.");
    signature_name = name->get<std::string>();
  }
  return request;
}

void require_at_most(std::size_t count, const ServeOptions& options, const char* what) {
  const auto most = static_cast<std::size_t>(options.max_requests);
  if (count > most) refuse(fmt::format("too many {}: at most {}", what, most));
}

bool is_bytes(const Json& value) {
  return value.is_object() && value.size() == 1 && value.contains("b64") && value.at("b64").is_string();
}

std::string decoded_bytes(const Json& value) {
  auto bytes = decode_base64(value.at("b64").get_ref<const std::string&>());
  if (!bytes) refuse("Unable to base64 decode");
  return std::move(*bytes);
}

// A text, or {"b64": ...} in its place.
std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (is_bytes(value)) return decoded_bytes(value);
  if (value.is_object()) refuse_value(value, "not formatted correctly for base64 data");
  refuse_value(value, fmt::format("Type: {} is not of expected type: string", type_of(value)));
}

std::vector<std::string> texts_of(const Json& value, std::size_t most) {
  if (!value.is_array()) refuse_value(value, fmt::format("Type: {} is not of expected type: string", type_of(value)));
  if (value.size() > most) refuse(fmt::format("too many values in a list: at most {}", most));
  std::vector<std::string> texts;
  for (const Json& each : value) {
    if (each.is_array()) refuse("Encountered list at unexpected level: 1 expected < 1");
    texts.push_back(text_of(each));
  }
  return texts;
}

std::int64_t list_length_of(const Json& value, std::int64_t max_k) {
  if (!value.is_number_integer())
    refuse_value(value, fmt::format("Type: {} is not of expected type: int64", type_of(value)));
  if (value < 1 || value > max_k) refuse(fmt::format("input k must be 1 to {}", max_k));
  return value.get<std::int64_t>();
}

constexpr const char* kInputs[] = {"user_id", "history", "k", "candidates", "prompt_id"};

void read_input(const std::string& name, const Json& value, const ServeOptions& options, RecommendRequest& request) {
  constexpr std::size_t kMostCandidates = 10000;
  if (std::ranges::find(kInputs, name) == std::end(kInputs)) refuse("JSON object: does not have named input: " + name);
  if (name == "user_id") request.user = text_of(value);
  if (name == "history") request.history = texts_of(value, static_cast<std::size_t>(options.max_history));
  if (name == "candidates") request.candidates = texts_of(value, kMostCandidates);
  if (name == "prompt_id") request.prompt_id = text_of(value);
  if (name == "k") request.k = list_length_of(value, options.max_k);
}

// One row of "instances": an object of inputs, or a bare user id.
RecommendRequest row_of(const Json& row, std::size_t number, const ServeOptions& options) {
  const auto failed = [&](const std::string& key, const TensorflowError& error) {
    refuse(fmt::format("Failed to process element: {}{} of 'instances' list. Error: INVALID_ARGUMENT: {}", number,
                       key.empty() ? "" : " key: " + key, error.text));
  };
  RecommendRequest request;
  if (row.is_object() && !is_bytes(row)) {
    for (const auto& [name, value] : row.items()) {
      try {
        read_input(name, value, options, request);
      } catch (const TensorflowError& error) {
        failed(name, error);
      }
    }
    return request;
  }
  try {
    request.user = text_of(row);
  } catch (const TensorflowError& error) {
    failed({}, error);
  }
  return request;
}

std::vector<RecommendRequest> rows_of(const Json& body, const ServeOptions& options) {
  const Json& instances = body.at("instances");
  if (!instances.is_array()) refuse_value(body, "Excepting 'instances' to be an list/array");  // its spelling
  if (instances.empty()) refuse_value(body, "No values in 'instances' array");
  require_at_most(instances.size(), options, "rows");
  const auto is_row = [](const Json& row) { return row.is_object() && !is_bytes(row); };
  const bool objects = is_row(instances.front());
  std::vector<RecommendRequest> requests;
  for (std::size_t i = 0; i < instances.size(); ++i) {
    if (is_row(instances[i]) != objects) {
      refuse(fmt::format("Expecting {} at item {} of input list",
                         objects ? "object but got list" : "value/list but got object", i));
    }
    requests.push_back(row_of(instances[i], i, options));
  }
  return requests;
}

// Inputs by column: each a list with one entry per row, or one value for all rows.
std::vector<RecommendRequest> columns_of(const Json& inputs, const ServeOptions& options) {
  std::vector<RecommendRequest> requests;
  if (!inputs.is_object() || is_bytes(inputs)) {  // of users alone
    const Json users = inputs.is_array() ? inputs : Json::array({inputs});
    require_at_most(users.size(), options, "rows");
    for (const Json& user : users) requests.push_back({.user = text_of(user)});
    if (requests.empty()) refuse("Missing named input: user_id in 'inputs' object.");
    return requests;
  }
  std::size_t rows = 0;
  for (const char* name : {"user_id", "history"}) {
    if (!inputs.contains(name)) continue;
    rows = inputs.at(name).is_array() ? inputs.at(name).size() : std::max<std::size_t>(rows, 1);
  }
  if (rows == 0) refuse("Missing named input: user_id in 'inputs' object.");
  require_at_most(rows, options, "rows");
  requests.resize(rows);
  for (const char* name : kInputs) {  // others are ignored
    if (!inputs.contains(name)) continue;
    const Json& column = inputs.at(name);
    if (column.is_array() && column.size() != rows)
      refuse(fmt::format("input {} has {} rows, others {}", name, column.size(), rows));
    for (std::size_t i = 0; i < rows; ++i)
      read_input(name, column.is_array() ? column[i] : column, options, requests[i]);
  }
  return requests;
}

enum class FeatureKind { kNone, kBytes, kFloat, kInt64 };

const char* name_of(FeatureKind kind) {
  return kind == FeatureKind::kBytes ? "bytes" : kind == FeatureKind::kFloat ? "float" : "int64";
}

// The kind of one value of a feature; a list must not mix them.
FeatureKind kind_of(const Json& value, const std::string& feature) {
  if (value.is_string() || is_bytes(value)) return FeatureKind::kBytes;
  if (value.is_boolean()) return FeatureKind::kInt64;
  if (value.is_number_float()) return FeatureKind::kFloat;
  if (!value.is_number())
    refuse(fmt::format("Feature: {} has element with unexpected JSON type: {}", feature, type_of(value)));
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX)
    refuse(fmt::format("Feature: {} has uint64 element. Only int64 is supported.", feature));
  return FeatureKind::kInt64;
}

void check_example(const Json& example) {
  if (!example.is_object()) refuse(std::string("Example must be JSON object but got JSON ") + type_of(example));
  for (const auto& [name, value] : example.items()) {
    FeatureKind kind = FeatureKind::kNone;
    const auto check = [&, &feature = name](const Json& one) {
      const FeatureKind own = kind_of(one, feature);
      if (kind != FeatureKind::kNone && own != kind)
        refuse(fmt::format("Unexpected element type in feature: {} expecting type: {}", feature, name_of(kind)));
      kind = own;
    };
    if (value.is_array()) {
      std::ranges::for_each(value, check);
    } else {
      check(value);
    }
  }
}

// The first value of a feature, as a text.
std::string feature_of(const Json& example, const Json& context, const char* name) {
  const Json& with = example.contains(name) ? example : context;
  if (with.contains(name)) {
    const Json& value = with.at(name);
    if (!value.is_array())
      return value.is_string() ? value.get<std::string>() : is_bytes(value) ? decoded_bytes(value) : value.dump();
    if (!value.empty()) return feature_of({{name, value.front()}}, {}, name);
  }
  refuse(fmt::format("Name: <unknown>, Feature: {} (data type: string) is required but could not be found.", name));
}

// The segments of a path: "/v1/models/x" has three.
std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  for (std::size_t at = 0; at < path.size();) {
    const auto end = std::min(path.find('/', at + 1), path.size());
    segments.push_back(path.substr(at + 1, end - at - 1));
    at = end;
  }
  return segments;
}

bool is_name(std::string_view segment) { return !segment.empty() && segment.find(':') == std::string_view::npos; }

bool is_number(std::string_view segment) {
  return !segment.empty() && std::ranges::all_of(segment, [](char c) { return c >= '0' && c <= '9'; });
}

// Reads "/versions/N" or "/labels/L" from the front, if they are there.
bool read_choice(std::span<const std::string_view>& rest, TensorflowTarget& target) {
  if (rest.size() < 2) return true;
  const std::string what = lower(rest[0]);
  if (what == "versions" && is_number(rest[1])) {
    std::int64_t version = 0;
    if (std::from_chars(rest[1].data(), rest[1].data() + rest[1].size(), version).ec != std::errc())
      refuse(fmt::format("Failed to convert version: {} to numeric.", rest[1]));
    target.version = version;
  } else if (what != "labels" || !is_name(rest[1]) || !percent_decode(rest[1], target.label)) {
    return false;
  }
  rest = rest.subspan(2);
  return true;
}

}  // namespace

TensorflowTarget TensorflowTarget::parse(std::string_view http_method, std::string_view path) {
  const auto malformed = [&] { refuse(fmt::format("Malformed request: {} {}", http_method, path)); };
  const bool asks = http_method == "POST";
  if (!asks && http_method != "GET") malformed();
  std::vector<std::string_view> segments = segments_of(path);
  if (segments.size() < 2 || lower(segments[0]) != "v1") malformed();
  TensorflowTarget target;
  if (asks) {
    const auto colon = segments.back().rfind(':');
    if (colon == std::string_view::npos) malformed();
    target.method = lower(segments.back().substr(colon + 1));
    if (target.method != "predict" && target.method != "classify" && target.method != "regress") malformed();
    segments.back() = segments.back().substr(0, colon);
  }
  if (lower(segments[1]) != "models") malformed();
  std::span<const std::string_view> rest = std::span(segments).subspan(2);
  const bool nameless = rest.empty() || (rest.size() == 2 && lower(rest[0]) == "versions" && is_number(rest[1]));
  if (!asks && nameless) refuse("Missing model name in request.");
  if (rest.empty() || !is_name(rest[0]) || !percent_decode(rest[0], target.name)) malformed();
  rest = rest.subspan(1);
  if (!read_choice(rest, target)) malformed();
  if (!asks && rest.size() == 1 && lower(rest[0]) == "metadata") {
    target.metadata = true;
    rest = {};
  }
  if (!rest.empty()) malformed();
  return target;
}

std::string TensorflowTarget::servable() const {
  return version ? fmt::format("Specific({}, {})", name, *version) : fmt::format("Latest({})", name);
}

void require_tensorflow_signature(const std::string& name) {
  if (!name.empty() && name != "serving_default")
    refuse(fmt::format("Serving signature name: \"{}\" not found in signature def", name));
}

TensorflowPredict parse_tensorflow_predict(std::string_view body, const ServeOptions& options,
                                           const std::function<void(const std::string&)>& check) {
  TensorflowPredict predict;
  std::string signature_name;
  const Json request = parse_body(body, signature_name);
  check(signature_name);
  predict.rows = request.contains("instances");
  if (predict.rows && request.contains("inputs")) {
    refuse_value(request, "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist ");
  }
  if (predict.rows) {
    predict.requests = rows_of(request, options);
  } else if (request.contains("inputs")) {
    predict.requests = columns_of(request.at("inputs"), options);
  } else {
    refuse("Missing 'inputs' or 'instances' key");
  }
  return predict;
}

TensorflowExamples parse_tensorflow_examples(std::string_view body, bool with_items, const ServeOptions& options) {
  TensorflowExamples parsed;
  const Json request = parse_body(body, parsed.signature_name);
  const Json context = request.value("context", Json::object());
  check_example(context);
  if (!request.contains("examples"))
    refuse_value(request, "When method is classify, key 'examples' is expected and was not found");
  const Json& examples = request.at("examples");
  if (!examples.is_array()) refuse_value(request, "Expecting 'examples' value to be an list/array");
  if (examples.empty()) refuse_value(request, "'examples' value is an empty array");
  require_at_most(examples.size(), options, "examples");
  std::ranges::for_each(examples, check_example);
  for (const Json& example : examples) {
    parsed.examples.push_back({.user = feature_of(example, context, "user_id"),
                               .item = with_items ? feature_of(example, context, "item_id") : ""});
  }
  return parsed;
}

}  // namespace p5
