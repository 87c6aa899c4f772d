// The values of the roles in a JSON object. Includes simdjson: only for .cc files of readers. Not thread-safe.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ingest/column_roles.h"
#include "records/json_record.h"

namespace p5 {

// A role may go by several names; the first of them wins. Names are compared as find_column() does, and may be paths.
class JsonRoles {
 public:
  // `prefix` is a path that names begin with: inside the elements of "items", "items.sku" is "sku".
  explicit JsonRoles(std::array<RoleNames, kRoles> roles, std::string_view prefix = {});

  // `others`, if given, gets the fields without a role.
  void find(const simdjson::dom::object& object, std::vector<Attribute>* others = nullptr);

  const std::optional<simdjson::dom::element>& operator[](Role role) const {
    return values_[static_cast<std::size_t>(role)];
  }
  // The roles that values were found for so far, and the fields that became attributes.
  ColumnUse use() const;
  bool found(Role role) const { return !key_of_[static_cast<std::size_t>(role)].empty(); }
  const RoleNames& names(Role role) const { return roles_[static_cast<std::size_t>(role)]; }

 private:
  struct Place {
    std::size_t role = kRoles, rank = 0;  // kRoles: no role
  };
  Place place_of(std::string_view key);

  std::array<RoleNames, kRoles> roles_;
  std::unordered_map<std::string, Place> exact_, plain_, known_;
  std::array<std::optional<simdjson::dom::element>, kRoles> values_;
  std::array<std::size_t, kRoles> ranks_{};
  std::array<std::string, kRoles> key_of_;
  std::vector<std::string> others_;
};

}  // namespace p5
