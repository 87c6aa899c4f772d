#include "serve/catalog_request.h"

#include <initializer_list>
#include <string_view>

#include "base/request_fields.h"
#include "p5/error.h"

namespace p5 {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostTextBytes = 64 * 1024, kMostValues = 1000;

void check_text(const RequestFields& fields, std::string_view name, const Json& value) {
  if (!value.is_string()) throw fields.bad(name, "a text, or null", value);
  if (!can_be_kept(value.get_ref<const std::string&>(), kMostTextBytes)) {
    throw fields.bad(name, "at most 65536 bytes without a NUL", value);
  }
}

void check_texts(const RequestFields& fields, std::string_view name, const Json& value) {
  if (!value.is_array() || value.size() > kMostValues) throw fields.bad(name, "a list of at most 1000 texts", value);
  for (const Json& entry : value) check_text(fields, name, entry);
}

void check_attributes(const RequestFields& fields, const Json& value) {
  if (!value.is_object() || value.size() > kMostValues) {
    throw fields.bad("attributes", "an object of at most 1000 texts, numbers or lists of texts", value);
  }
  for (const auto& [name, entry] : value.items()) {
    const std::string path = "attributes." + name;
    if (entry.is_array()) {
      check_texts(fields, path, entry);
    } else if (!entry.is_number() && !entry.is_null()) {
      check_text(fields, path, entry);
    }
  }
}

// The facts of `names` that the object gives, null ones among them. Throws InvalidArgument for others and bad ones.
Json facts_of(const Json& object, const std::string& where, std::initializer_list<const char*> names, const char* key) {
  RequestFields fields(object, where);
  if (key != nullptr) fields.required_text(key);
  Json facts = Json::object();
  for (const char* name : names) {
    const bool flag = name == std::string_view("available");
    if (flag) fields.boolean(name, true);
    if (!flag) fields.exists(name);
    const auto found = object.find(name);
    if (found == object.end()) continue;
    facts[name] = *found;
    if (found->is_null() || flag) continue;
    if (name == std::string_view("attributes")) {
      check_attributes(fields, *found);
    } else if (name == std::string_view("categories")) {
      check_texts(fields, name, *found);
    } else if (name == std::string_view("price")) {
      if (!found->is_number() || !(found->get<double>() >= 0)) throw fields.bad(name, "a number from 0", *found);
    } else {
      check_text(fields, name, *found);
    }
  }
  fields.finish();
  return facts;
}

}  // namespace

std::string checked_key(const std::string& key, const std::string& name) {
  if (key.empty() || !can_be_kept(key, kMostKeyBytes)) {
    throw usage_error(
        "bad key",
        {.where = name, .expected = "1 to 1024 bytes without a NUL", .got = std::to_string(key.size()) + " bytes"});
  }
  return key;
}

Json facts_of(const Json& object, const std::string& where, TableChange::Table table, const char* key) {
  if (table == TableChange::Table::kUsers) return facts_of(object, where, {"name", "attributes"}, key);
  return facts_of(object, where, {"title", "brand", "description", "price", "categories", "attributes", "available"},
                  key);
}

}  // namespace p5
