#include "corpus/attribute_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "p5/error.h"

namespace p5 {
namespace {

using nlohmann::json;

std::string quoted(std::string text) {
  repair_utf8(text);
  return json(std::move(text)).dump();
}

// The shortest text that reads back as the same number. As float, vectors take half the text that they would as double.
template <typename Number>
std::string number_text(Number value) {
  return std::isfinite(value) ? fmt::format("{}", value) : "null";
}

std::string value_text(const std::string& value) { return quoted(value); }
std::string value_text(double value) { return number_text(value); }
std::string value_text(float value) { return number_text(value); }

template <typename Element>
std::string value_text(const std::vector<Element>& values) {
  std::string text = "[";
  for (const auto& value : values) text += (text.size() == 1 ? "" : ",") + value_text(value);
  return text + "]";
}

Error bad_attributes(std::string_view where, std::string_view got) {
  return data_error("bad attributes", {.where = std::string(where),
                                       .expected = "a list of [name, text, number or list of either]",
                                       .got = std::string(got.substr(0, 80))});
}

AttributeValue decode_value(const json& value, std::string_view where) {
  const auto number = [](const json& node) {
    return node.is_null() ? std::numeric_limits<double>::quiet_NaN() : node.get<double>();
  };
  const auto is_number = [](const json& node) { return node.is_number() || node.is_null(); };
  const auto is_text = [](const json& node) { return node.is_string(); };
  if (value.is_string()) return value.get<std::string>();
  if (is_number(value)) return number(value);
  if (value.is_array() && std::all_of(value.begin(), value.end(), is_text)) {
    return value.get<std::vector<std::string>>();
  }
  if (!value.is_array() || !std::all_of(value.begin(), value.end(), is_number)) {
    throw bad_attributes(where, value.type_name());
  }
  std::vector<float> numbers;
  for (const auto& element : value) numbers.push_back(static_cast<float>(number(element)));
  return numbers;
}

}  // namespace

std::string encode_attributes(const std::vector<Attribute>& attributes) {
  std::string text;
  for (const auto& [name, value] : attributes) {
    text += text.empty() ? "[[" : ",[";
    text += quoted(name) + ",";
    text += std::visit([](const auto& held) { return value_text(held); }, value) + "]";
  }
  return text.empty() ? text : text + "]";
}

std::vector<Attribute> decode_attributes(std::string_view text, std::string_view where) {
  std::vector<Attribute> attributes;
  if (text.empty()) return attributes;
  const json document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_array()) throw bad_attributes(where, text);
  for (const auto& pair : document) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string()) throw bad_attributes(where, text);
    attributes.push_back({pair[0].get<std::string>(), decode_value(pair[1], where)});
  }
  return attributes;
}

}  // namespace p5
