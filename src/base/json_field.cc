#include "base/json_field.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"
#include "base/utf8.h"

namespace p5 {

using nlohmann::json;

json parse_json(std::string_view text, int depth, std::string* why) {
  bool too_deep = false;
  const auto watch = [&](int at, json::parse_event_t, const json&) {
    too_deep = too_deep || at > depth;
    return !too_deep;
  };
  std::string reason;
  try {
    json value = json::parse(text, watch);
    if (!too_deep) return value;
    reason = fmt::format("values nested more than {} deep", depth);
  } catch (const json::exception& error) {
    reason = error.what();
  }
  if (why != nullptr) *why = std::move(reason);
  return json::value_t::discarded;
}

namespace {

// What is wrong with the file itself is the fault of the subject, too: it is too large, or a pipe.
std::string read_for(const std::filesystem::path& file, std::uint64_t limit, ErrorSubject subject) {
  try {
    return read_file(file, limit);
  } catch (const Error& error) {
    if (error.subject() != ErrorSubject::kData) throw;
    throw Error(error.code(), subject, error.what());
  }
}

}  // namespace

json read_json(const std::filesystem::path& file, std::uint64_t limit, ErrorSubject subject) {
  std::string why;
  json value = parse_json(read_for(file, limit, subject), kJsonDepth, &why);
  if (value.is_discarded()) throw Error(ErrorCode::kCorrupted, subject, "not valid JSON", {file.string(), "", why});
  return value;
}

namespace {

template <class Json>
std::string pretty(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string pretty_json(const json& value) { return pretty(value); }
std::string pretty_json(const nlohmann::ordered_json& value) { return pretty(value); }

std::string brief(const json& value) {
  constexpr std::size_t kShown = 80;
  if (value.is_structured()) return fmt::format("an {} of {}", value.type_name(), value.size());
  if (value.is_string()) {
    const std::string_view text = value.get_ref<const std::string&>();
    return fmt::format("'{}'{}", utf8_prefix(text, kShown), text.size() > kShown ? "..." : "");
  }
  return value.dump();
}

JsonFields::JsonFields(const json& object, std::string where, ErrorSubject subject)
    : object_(&object), where_(std::move(where)), subject_(subject) {
  if (!object.is_object()) throw bad("", "a JSON object", brief(object));
}

const json& JsonFields::at(const char* name) const {
  const auto found = object_->find(name);
  if (found == object_->end()) throw bad(name, "a value", "nothing");
  return *found;
}

const json& JsonFields::list(const char* name) const {
  if (!at(name).is_array()) throw bad(name, "a list", brief(at(name)));
  return at(name);
}

const std::string& JsonFields::text(const char* name) const {
  if (!at(name).is_string()) throw bad(name, "a text", brief(at(name)));
  return at(name).get_ref<const std::string&>();
}

std::uint64_t JsonFields::number(const char* name, std::uint64_t limit) const {
  const json& value = at(name);
  const bool whole = value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() >= 0);
  if (!whole || value.get<std::uint64_t>() > limit) {
    throw bad(name, fmt::format("a whole number from 0 to {}", limit), brief(value));
  }
  return value.get<std::uint64_t>();
}

JsonFields JsonFields::object(const char* name) const {
  return {at(name), fmt::format("{}, field {}", where_, name), subject_};
}

void JsonFields::require_version(std::uint64_t version, std::string_view advice) const {
  if (at("version") == json(version)) return;
  throw Error(ErrorCode::kUnsupported, subject_,
              fmt::format("a file of another version{}{}", advice.empty() ? "" : "; ", advice),
              detail("version", std::to_string(version), brief(at("version"))));
}

Error JsonFields::bad(std::string_view field, std::string expected, std::string got) const {
  return {ErrorCode::kCorrupted, subject_, "damaged file", detail(field, std::move(expected), std::move(got))};
}

ErrorDetail JsonFields::detail(std::string_view field, std::string expected, std::string got) const {
  return {.where = field.empty() ? where_ : fmt::format("{}, field {}", where_, field),
          .expected = std::move(expected),
          .got = std::move(got)};
}

}  // namespace p5
