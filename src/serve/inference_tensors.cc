#include "serve/inference_tensors.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "base/json_field.h"
#include "base/utf8.h"
#include "p5/error.h"
#include "serve/api_reply.h"

namespace p5 {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kJsonLength = "inference-header-content-length";
constexpr std::int64_t kMostElements = 10'000'000;
constexpr const char* kBytes = "BYTES";

Error bad_input(const std::string& name, std::string what, std::string expected = {}, std::string got = {}) {
  return usage_error(std::move(what),
                     {.where = "input '" + name + "'", .expected = std::move(expected), .got = std::move(got)});
}

// Bytes after the JSON, which tensors take one after another.
class RawBytes {
 public:
  explicit RawBytes(std::string_view bytes) : rest_(bytes) {}
  std::string_view take(std::size_t count, const std::string& name) {
    if (count > rest_.size()) {
      throw bad_input(name, "the body is too short", std::to_string(count) + " bytes",
                      std::to_string(rest_.size()) + " after the JSON");
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
};

// The bytes of the JSON; all of the body where the header does not say.
std::size_t json_bytes(const HttpRequest& request) {
  const std::string* given = request.header(kJsonLength);
  if (given == nullptr) return request.body.size();
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), length);
  if (error != std::errc() || end != given->data() + given->size() || length > request.body.size()) {
    throw usage_error("bad header", {.where = "Inference-Header-Content-Length",
                                     .expected = "0 to " + std::to_string(request.body.size()) + ", the body's bytes",
                                     .got = "'" + given->substr(0, 20) + "'"});
  }
  return length;
}

// The parameters of an object, whose values are texts, numbers and switches.
Json parameters_of(const Json& object, const std::string& where) {
  const Json parameters = object.value("parameters", Json::object());
  const auto is_plain = [](const Json& value) { return value.is_primitive() && !value.is_null(); };
  if (!parameters.is_object() || !std::ranges::all_of(parameters, is_plain)) {
    throw usage_error("bad parameters", {.where = where, .expected = "texts, numbers, true or false by name"});
  }
  return parameters;
}

bool switch_of(const Json& parameters, const char* name, bool otherwise, const std::string& where) {
  if (!parameters.contains(name)) return otherwise;
  if (!parameters.at(name).is_boolean())
    throw usage_error("bad parameter", {.where = where + ", " + name, .expected = "true or false"});
  return parameters.at(name).get<bool>();
}

// The sizes of an input, and how many elements they make.
std::int64_t read_shape(const Json& input, InputTensor& tensor) {
  if (!input.contains("shape") || !input.at("shape").is_array())
    throw bad_input(tensor.name, "bad shape", "a list of sizes");
  std::int64_t elements = 1;
  for (const Json& size : input.at("shape")) {
    if (!size.is_number_integer() || size < 0 || size > kMostElements)
      throw bad_input(tensor.name, "bad shape", "whole numbers up to " + std::to_string(kMostElements), brief(size));
    tensor.shape.push_back(size.get<std::int64_t>());
    elements *= tensor.shape.back();
    if (elements > kMostElements)
      throw bad_input(tensor.name, "bad shape", "at most " + std::to_string(kMostElements) + " elements");
  }
  return elements;
}

void require_elements(const std::string& name, std::int64_t elements, std::size_t got) {
  if (static_cast<std::uint64_t>(elements) == got) return;
  throw bad_input(name, "data and shape differ", std::to_string(elements) + " elements", std::to_string(got));
}

std::string checked_text(const std::string& name, std::string_view text) {
  if (!is_utf8(text)) throw bad_input(name, "bad element", "UTF-8");
  return std::string(text);
}

// Nested or flat, row by row.
void read_json(const Json& data, const std::string& datatype, InputTensor& tensor) {
  for (const Json& each : data) {
    if (each.is_array()) {
      read_json(each, datatype, tensor);
    } else if (datatype == kBytes) {
      if (!each.is_string()) throw bad_input(tensor.name, "bad element", "a text", brief(each));
      tensor.texts.push_back(each.get<std::string>());
    } else {
      const bool fits =
          each.is_number_integer() &&
          !(each.is_number_unsigned() &&
            each.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
      if (!fits) throw bad_input(tensor.name, "bad element", "a whole number", brief(each));
      tensor.numbers.push_back(each.get<std::int64_t>());
    }
  }
}

template <typename Number>
Number little_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = sizeof(Number); i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return static_cast<Number>(number);
}

template <typename Number>
void append_little_endian(Number number, std::string& bytes) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) bytes += static_cast<char>(number >> (8 * i) & 0xff);
}

// INT64: eight bytes each. BYTES: the length in four bytes, then the text.
void read_raw(std::string_view bytes, const std::string& datatype, InputTensor& tensor) {
  if (datatype != kBytes) {
    if (bytes.size() % sizeof(std::int64_t) != 0)
      throw bad_input(tensor.name, "bad size", "a multiple of 8 bytes", std::to_string(bytes.size()));
    for (; !bytes.empty(); bytes.remove_prefix(sizeof(std::int64_t)))
      tensor.numbers.push_back(little_endian<std::int64_t>(bytes));
    return;
  }
  constexpr std::size_t kLength = sizeof(std::uint32_t);
  while (!bytes.empty()) {
    const std::size_t size = bytes.size() < kLength ? 0 : little_endian<std::uint32_t>(bytes);
    if (bytes.size() < kLength || size > bytes.size() - kLength)
      throw bad_input(tensor.name, "an element is cut short", "a length in four bytes and that many bytes");
    tensor.texts.push_back(checked_text(tensor.name, bytes.substr(kLength, size)));
    bytes.remove_prefix(kLength + size);
  }
}

// The size of an input's raw data; none where it has data in JSON.
std::optional<std::size_t> raw_size(const Json& input, const std::string& name) {
  const Json parameters = parameters_of(input, "input '" + name + "'");
  const bool raw = parameters.contains("binary_data_size");
  if (raw == input.contains("data"))
    throw bad_input(name, "bad data", "a list in data, or the parameter binary_data_size", raw ? "both" : "neither");
  if (!raw) return std::nullopt;
  const Json& size = parameters.at("binary_data_size");
  if (!size.is_number_unsigned()) throw bad_input(name, "bad binary_data_size", "a whole number", brief(size));
  return size.get<std::size_t>();
}

InputTensor read_tensor(const Json& input, const std::vector<TensorType>& types, RawBytes& raw) {
  if (!input.is_object() || !input.contains("name") || !input.at("name").is_string())
    throw usage_error("bad value", {.where = "inputs", .expected = "tensors with a name", .got = brief(input)});
  InputTensor tensor{.name = input.at("name"), .shape = {}};
  const auto type = std::ranges::find(types, tensor.name, &TensorType::name);
  if (type == types.end()) {
    std::string known;
    for (const TensorType& each : types) known += (known.empty() ? "" : ", ") + std::string(each.name);
    throw usage_error("unknown input", {.where = "input '" + tensor.name + "'", .expected = "one of " + known});
  }
  const std::string datatype(type->datatype);
  if (!input.contains("datatype") || input.at("datatype") != datatype)
    throw bad_input(tensor.name, "bad datatype", datatype,
                    input.contains("datatype") ? brief(input.at("datatype")) : "none");
  const std::int64_t elements = read_shape(input, tensor);
  if (const auto size = raw_size(input, tensor.name)) {
    read_raw(raw.take(*size, tensor.name), datatype, tensor);
  } else {
    if (!input.at("data").is_array()) throw bad_input(tensor.name, "bad data", "a list", brief(input.at("data")));
    read_json(input.at("data"), datatype, tensor);
  }
  require_elements(tensor.name, elements, tensor.texts.size() + tensor.numbers.size());
  return tensor;
}

void read_outputs(const Json& body, InferenceRequest& request) {
  request.raw_outputs = switch_of(parameters_of(body, "parameters"), "binary_data_output", false, "parameters");
  if (!body.contains("outputs")) return;
  if (!body.at("outputs").is_array()) throw usage_error("bad value", {.where = "outputs", .expected = "a list"});
  for (const Json& output : body.at("outputs")) {
    if (!output.is_object() || !output.contains("name") || !output.at("name").is_string())
      throw usage_error("bad value", {.where = "outputs", .expected = "objects with a name", .got = brief(output)});
    const std::string name = output.at("name"), where = "output '" + name + "'";
    request.outputs.push_back(
        {.name = name, .raw = switch_of(parameters_of(output, where), "binary_data", request.raw_outputs, where)});
  }
}

// The bytes of a tensor after the JSON.
std::string raw_of(const OutputTensor& output) {
  std::string bytes;
  for (const std::string& text : output.texts) {
    append_little_endian(static_cast<std::uint32_t>(text.size()), bytes);
    bytes += text;
  }
  for (const float number : output.numbers) append_little_endian(std::bit_cast<std::uint32_t>(number), bytes);
  return bytes;
}

}  // namespace

InferenceRequest parse_inference(const HttpRequest& request, const std::vector<TensorType>& types) {
  const std::size_t length = json_bytes(request);
  const std::string_view body = request.body;
  std::string why;
  const Json json = parse_json(body.substr(0, length), kJsonDepth, &why);
  if (!json.is_object())
    throw usage_error("bad body", {.expected = "a JSON object", .got = json.is_discarded() ? why : brief(json)});
  InferenceRequest parsed;
  if (json.contains("id")) {
    if (!json.at("id").is_string()) throw usage_error("bad value", {.where = "id", .expected = "a text"});
    parsed.id = json.at("id");
  }
  if (!json.contains("inputs") || !json.at("inputs").is_array() || json.at("inputs").empty())
    throw usage_error("a field is missing", {.where = "inputs", .expected = "a list of tensors"});
  RawBytes raw(body.substr(length));
  std::set<std::string> seen;
  for (const Json& input : json.at("inputs")) {
    parsed.inputs.push_back(read_tensor(input, types, raw));
    const std::string& name = parsed.inputs.back().name;
    if (!seen.insert(name).second) throw bad_input(name, "an input is given twice");
  }
  if (raw.left() > 0) {
    throw usage_error("bytes are left over", {.where = "body",
                                              .expected = "no more than the inputs' binary_data_size",
                                              .got = std::to_string(raw.left()) + " more"});
  }
  read_outputs(json, parsed);
  return parsed;
}

HttpResponse inference_response(nlohmann::json answer, const std::vector<OutputTensor>& outputs) {
  std::string raw;
  bool has_raw = false;
  answer["outputs"] = Json::array();
  for (const OutputTensor& output : outputs) {
    Json tensor{{"name", output.name}, {"datatype", output.datatype}, {"shape", output.shape}};
    if (output.raw) {
      const std::string bytes = raw_of(output);
      tensor["parameters"] = {{"binary_data_size", bytes.size()}};
      raw += bytes;
      has_raw = true;
    } else {
      tensor["data"] = output.texts;  // [] where there are none
      for (const float number : output.numbers) tensor["data"].push_back(float32_json(static_cast<double>(number)));
    }
    answer["outputs"].push_back(std::move(tensor));
  }
  HttpResponse response = json_response(answer);
  if (!has_raw) return response;
  response.headers.emplace_back("Inference-Header-Content-Length", std::to_string(response.body.size()));
  response.content_type = "application/octet-stream";
  response.body += raw;
  return response;
}

}  // namespace p5
