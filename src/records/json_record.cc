#include "records/json_record.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>
#include <utility>

#include "records/html_text.h"
#include "records/line_source.h"
#include "records/python_literal.h"

namespace p5 {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

static_assert(LineSource::kPadding >= simdjson::SIMDJSON_PADDING);

const char* name_of(simdjson::error_code code) {
  switch (code) {
    case simdjson::UTF8_ERROR:
      return "JSON: not UTF-8";
    case simdjson::UNCLOSED_STRING:
      return "JSON: unclosed string";
    case simdjson::NUMBER_ERROR:
      return "JSON: bad or huge number";
    case simdjson::DEPTH_ERROR:
      return "JSON: nested too deeply";
    case simdjson::STRING_ERROR:
      return "JSON: bad escape in a string";
    case simdjson::EMPTY:
      return "JSON: empty line";
    case simdjson::MEMALLOC:
    case simdjson::CAPACITY:
      return "JSON: too large";
    default:
      return "JSON: syntax error";
  }
}

std::string token_of(std::string_view text, Markup markup) {
  std::string token(text);
  if (markup == Markup::kHtml) strip_html(token);
  return token;
}

bool is_number(const element& value) {
  return value.type() == element_type::INT64 || value.type() == element_type::UINT64 ||
         value.type() == element_type::DOUBLE;
}

// Texts and whole numbers of nested lists, in order. The parser limits nesting, and so this recursion.
void flatten(const element& value, Markup markup, std::vector<std::string>& texts) {
  if (value.is_array()) {
    for (const element inner : array(value)) flatten(inner, markup, texts);
    return;
  }
  std::string scratch;
  const auto text = text_of(value, scratch);
  std::string token = text ? token_of(*text, markup) : std::string();
  if (!token.empty()) texts.push_back(std::move(token));
}

std::optional<AttributeValue> list_of(const array& values, Markup markup) {
  bool numbers = true, nested = false;
  for (const element value : values) {
    numbers = numbers && is_number(value);
    nested = nested || value.is_object();
  }
  if (values.begin() == values.end() || nested) return std::nullopt;
  if (numbers) {
    std::vector<float> list;
    for (const element value : values) {
      const double number = *number_of(value);
      if (std::abs(number) > std::numeric_limits<float>::max()) return std::nullopt;
      list.push_back(static_cast<float>(number));
    }
    return list;
  }
  std::vector<std::string> list;
  for (const element value : values) flatten(value, markup, list);
  if (list.empty()) return std::nullopt;
  return list;
}

std::optional<AttributeValue> value_of(const element& value, Markup markup) {
  switch (value.type()) {
    case element_type::INT64:
    case element_type::UINT64:
    case element_type::DOUBLE:
      return *number_of(value);
    case element_type::BOOL:
      return std::string(bool(value) ? "true" : "false");
    case element_type::STRING: {
      std::string token = token_of(std::string_view(value), markup);
      if (token.empty()) return std::nullopt;
      return token;
    }
    case element_type::ARRAY:
      return list_of(array(value), markup);
    default:
      return std::nullopt;
  }
}

}  // namespace

const char* JsonRecord::parse_padded(std::string_view json) {
  element root;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(json.data());
  if (const auto code = parser_.parse(bytes, json.size(), false).get(root)) return name_of(code);
  return root.get(object_) ? "JSON: expected an object" : nullptr;
}

const char* JsonRecord::parse(std::string_view line) {
  return looks_like_python(line) ? parse_copy(line) : parse_padded(line);
}

const char* JsonRecord::parse_copy(std::string_view text) {
  if (looks_like_python(text)) {
    if (const char* reason = python_literal_to_json(text, rewritten_)) return reason;
  } else {
    rewritten_ = text;
  }
  rewritten_.reserve(rewritten_.size() + LineSource::kPadding);
  return parse_padded(rewritten_);
}

std::optional<double> number_of(const element& value) {
  switch (value.type()) {
    case element_type::INT64:
      return static_cast<double>(std::int64_t(value));
    case element_type::UINT64:
      return static_cast<double>(std::uint64_t(value));
    case element_type::DOUBLE:
      return double(value);
    case element_type::STRING:
      return parse_number(trimmed(std::string_view(value)));
    default:
      return std::nullopt;
  }
}

std::optional<std::string_view> text_of(const element& value, std::string& scratch) {
  switch (value.type()) {
    case element_type::STRING:
      return std::string_view(value);
    case element_type::INT64:
      return scratch = std::to_string(std::int64_t(value));
    case element_type::UINT64:
      return scratch = std::to_string(std::uint64_t(value));
    default:
      return std::nullopt;
  }
}

std::optional<std::int64_t> time_of(const element& value, const TimeFormat& format) {
  if (value.is_string()) return format.parse(std::string_view(value));
  std::string scratch;
  const auto whole = format.is_plain() ? std::nullopt : text_of(value, scratch);
  if (whole) return format.parse(*whole);
  if (value.is_object()) {  // MongoDB's exports: {"$date": ...}
    const auto date = value_at(object(value), "$date");
    return date && !date->is_object() ? time_of(*date, format) : std::nullopt;
  }
  const auto number = number_of(value);
  return number ? time_from_number(*number, format.unit()) : std::nullopt;
}

std::optional<element> value_at(const object& of, std::string_view path) {
  element found;
  if (!of.at_key(path).get(found)) return found;
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1)) {
    object inner;
    if (of.at_key(path.substr(0, dot)).get(inner)) continue;
    if (auto value = value_at(inner, path.substr(dot + 1))) return value;
  }
  return std::nullopt;
}

void collect_texts(const element& value, Markup markup, std::vector<std::string>& texts) {
  flatten(value, markup, texts);
  std::unordered_set<std::string> seen;
  std::erase_if(texts, [&seen](const std::string& text) { return !seen.insert(text).second; });
}

void add_attributes(std::string_view name, const element& value, Markup markup, std::vector<Attribute>& attributes) {
  if (!value.is_object()) {
    if (auto held = value_of(value, markup)) attributes.push_back({std::string(name), std::move(*held)});
    return;
  }
  for (const auto field : object(value)) {
    if (field.value.is_object()) continue;
    auto held = value_of(field.value, markup);
    if (held) {
      attributes.push_back({std::string(name).append(".").append(token_of(field.key, markup)), std::move(*held)});
    }
  }
}

}  // namespace p5
