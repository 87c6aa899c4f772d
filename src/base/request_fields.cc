#include "base/request_fields.h"

#include <algorithm>
#include <utility>

#include "base/json_field.h"
#include "base/option_table.h"

namespace p5 {

nlohmann::json parse_request(std::string_view body) {
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    throw usage_error("the body is empty", {.expected = "a JSON object"});
  }
  std::string why;
  nlohmann::json value = parse_json(body, kJsonDepth, &why);
  if (value.is_discarded()) throw usage_error("the body is no JSON", {.expected = "a JSON object", .got = why});
  if (!value.is_object()) throw usage_error("bad body", {.expected = "a JSON object", .got = brief(value)});
  return value;
}

RequestFields::RequestFields(const nlohmann::json& object, std::string where)
    : object_(&object), where_(std::move(where)) {
  if (!object.is_object())
    throw usage_error("bad value", {.where = where_, .expected = "an object", .got = brief(object)});
}

std::string RequestFields::path(std::string_view name) const {
  return where_.empty() ? std::string(name) : where_ + "." + std::string(name);
}

Error RequestFields::bad(std::string_view name, std::string expected, const nlohmann::json& got) const {
  return usage_error("bad value", {.where = path(name), .expected = std::move(expected), .got = brief(got)});
}

const nlohmann::json* RequestFields::find(const char* name) {
  asked_.emplace_back(name);
  const auto found = object_->find(name);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> RequestFields::text(const char* name) {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_number_integer()) return value->dump();  // a key that looks like a number
  if (!value->is_string()) throw bad(name, "a text", *value);
  return value->get<std::string>();
}

std::string RequestFields::required_text(const char* name) {
  auto value = text(name);
  if (!value || value->empty()) {
    throw usage_error("a field is missing", {.where = path(name), .expected = "a text that is not empty"});
  }
  return std::move(*value);
}

std::int64_t RequestFields::integer(const char* name, std::int64_t otherwise, std::int64_t least, std::int64_t most) {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return otherwise;
  const std::string expected = "a whole number, " + std::to_string(least) + " to " + std::to_string(most);
  if (!value->is_number_integer()) throw bad(name, expected, *value);
  const bool huge = value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  const std::int64_t number = huge ? INT64_MAX : value->get<std::int64_t>();
  if (number < least || number > most) throw bad(name, expected, *value);
  return number;
}

std::optional<double> RequestFields::number(const char* name) {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) throw bad(name, "a number", *value);
  return value->get<double>();
}

bool RequestFields::boolean(const char* name, bool otherwise) {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) throw bad(name, "true or false", *value);
  return value->get<bool>();
}

std::optional<std::string> RequestFields::boolean_or_text(const char* name, const char* yes) {
  const nlohmann::json* value = find(name);
  if (value == nullptr || (value->is_boolean() && !value->get<bool>())) return std::nullopt;
  if (value->is_boolean()) return yes;
  if (!value->is_string()) throw bad(name, "true, false or a name", *value);
  return value->get<std::string>();
}

std::vector<std::string> RequestFields::texts(const char* name, std::size_t most, const char* member) {
  const nlohmann::json* value = find(name);
  std::vector<std::string> all;
  if (value == nullptr) return all;
  if (!value->is_array() || value->size() > most) {
    throw bad(name, "a list of at most " + std::to_string(most) + " texts", *value);
  }
  for (const nlohmann::json& each : *value) {
    const nlohmann::json* text = &each;
    if (member != nullptr && each.is_object()) {
      const auto found = each.find(member);
      if (found == each.end()) throw bad(name, std::string("texts, or objects with '") + member + "'", each);
      text = &*found;
    }
    if (text->is_number_integer()) {
      all.push_back(text->dump());
    } else if (text->is_string() && !text->get_ref<const std::string&>().empty()) {
      all.push_back(text->get<std::string>());
    } else {
      throw bad(std::string(name) + "[" + std::to_string(all.size()) + "]", "a text that is not empty", *text);
    }
  }
  return all;
}

std::vector<std::string> RequestFields::text_or_texts(const char* name, std::size_t most) {
  const auto found = object_->find(name);
  if (found != object_->end() && found->is_array()) return texts(name, most);
  auto one = text(name);
  return one ? std::vector<std::string>{std::move(*one)} : std::vector<std::string>();
}

const nlohmann::json* RequestFields::object(const char* name) {
  const nlohmann::json* value = find(name);
  if (value != nullptr && !value->is_object()) throw bad(name, "an object", *value);
  return value;
}

const nlohmann::json* RequestFields::list(const char* name, std::size_t most) {
  const nlohmann::json* value = find(name);
  if (value != nullptr && (!value->is_array() || value->size() > most)) {
    throw bad(name, "a list of at most " + std::to_string(most), *value);
  }
  return value;
}

const nlohmann::json& RequestFields::objects(const char* name, std::size_t most) {
  const nlohmann::json* value = find(name);
  if (value == nullptr || !value->is_array() || value->empty() || value->size() > most) {
    throw bad(name, "a list of 1 to " + std::to_string(most) + " objects",
              value == nullptr ? nlohmann::json() : *value);
  }
  return *value;
}

void RequestFields::finish() const {
  for (const auto& [name, value] : object_->items()) {
    if (std::ranges::find(asked_, name) != asked_.end()) continue;
    const auto nearest = nearest_name(name, asked_);
    throw usage_error("unknown field", {.where = path(name.size() > 64 ? name.substr(0, 64) : name),
                                        .expected = nearest ? "perhaps '" + *nearest + "'"
                                                            : "a field of the API's description (/openapi.json)"});
  }
}

}  // namespace p5
