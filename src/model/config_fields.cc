#include "model/config_fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "base/json_field.h"

namespace p5 {

using nlohmann::json;

ConfigFields::ConfigFields(const std::filesystem::path& config_json)
    : file_(config_json.string()), object_(read_json(config_json, 16 << 20, ErrorSubject::kModel)) {
  if (object_.is_object()) return;
  throw model_error("bad model configuration", {.where = file_, .expected = "a JSON object", .got = brief(object_)});
}

bool ConfigFields::has(const char* key) const { return object_.contains(key) && !object_.at(key).is_null(); }

void ConfigFields::read(const char* key, std::int64_t& field, std::int64_t low, std::int64_t high) const {
  if (!has(key)) return;
  const json& value = object_.at(key);
  const std::string range = fmt::format("a whole number from {} to {}", low, high);
  if (!value.is_number_integer()) throw wrong(key, range);
  const bool huge = value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(high);
  if (huge || value.get<std::int64_t>() < low || value.get<std::int64_t>() > high) throw wrong(key, range);
  field = value.get<std::int64_t>();
}

void ConfigFields::read(const char* key, double& field, double low, double high) const {
  if (!has(key)) return;
  const json& value = object_.at(key);
  if (!value.is_number() || !(value.get<double>() >= low && value.get<double>() <= high)) {
    throw wrong(key, fmt::format("a number from {} to {}", low, high));
  }
  field = value.get<double>();
}

void ConfigFields::read(const char* key, bool& field) const {
  if (!has(key)) return;
  if (!object_.at(key).is_boolean()) throw wrong(key, "true or false");
  field = object_.at(key).get<bool>();
}

void ConfigFields::read(const char* key, std::string& field) const {
  if (!has(key)) return;
  if (!object_.at(key).is_string()) throw wrong(key, "a text");
  field = object_.at(key).get<std::string>();
}

void ConfigFields::read_choice(const char* key, std::string& field, const std::vector<std::string>& choices) const {
  if (!has(key)) return;
  const json& value = object_.at(key);
  for (const std::string& choice : choices) {
    if (value.is_string() && value.get<std::string>() == choice) {
      field = choice;
      return;
    }
  }
  throw unsupported(key, fmt::format("{}", fmt::join(choices, " or ")));
}

void ConfigFields::require_token(const char* key, std::int64_t token) const {
  if (has(key) && object_.at(key) != json(token)) throw unsupported(key, std::to_string(token));
}

Error ConfigFields::wrong(const char* key, std::string expected) const {
  return model_error("bad value in the model's configuration", detail(key, std::move(expected)));
}

Error ConfigFields::unsupported(const char* key, std::string expected) const {
  return Error(ErrorCode::kUnsupported, ErrorSubject::kModel, "this kind of model is not supported",
               detail(key, std::move(expected)));
}

ErrorDetail ConfigFields::detail(const char* key, std::string expected) const {
  return {
      .where = fmt::format("{}, field {}", file_, key), .expected = std::move(expected), .got = brief(object_.at(key))};
}

}  // namespace p5
