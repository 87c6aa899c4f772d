#include "ingest/json_roles.h"

#include <algorithm>
#include <utility>

namespace p5 {
namespace {

constexpr std::size_t kMostKeys = 10'000;  // that are remembered: a log has a few

}  // namespace

JsonRoles::JsonRoles(std::array<RoleNames, kRoles> roles, std::string_view prefix) : roles_(std::move(roles)) {
  for (std::size_t role = 0; role < kRoles; ++role) {
    std::vector<std::string>& names = roles_[role].names;
    if (!prefix.empty()) {
      for (std::string& name : names) {
        if (name.starts_with(prefix) && name.size() > prefix.size() && name[prefix.size()] == '.') {
          name.erase(0, prefix.size() + 1);
        }
      }
    }
    for (std::size_t rank = 0; rank < names.size(); ++rank) {
      exact_.try_emplace(names[rank], Place{role, rank});
      plain_.try_emplace(plain_name(names[rank]), Place{role, rank});
    }
  }
}

JsonRoles::Place JsonRoles::place_of(std::string_view key) {
  const std::string text(key);
  if (const auto found = known_.find(text); found != known_.end()) return found->second;
  Place place;
  if (const auto found = exact_.find(text); found != exact_.end()) {
    place = found->second;
  } else if (const auto same = plain_.find(plain_name(text)); same != plain_.end()) {
    place = same->second;
  }
  if (known_.size() < kMostKeys) known_.emplace(text, place);
  return place;
}

void JsonRoles::find(const simdjson::dom::object& object, std::vector<Attribute>* others) {
  values_ = {};
  ranks_.fill(static_cast<std::size_t>(-1));
  for (const auto field : object) {
    if (field.value.is_null()) continue;
    const auto [role, rank] = place_of(field.key);
    if (role == kRoles) {
      if (others == nullptr) continue;
      const std::size_t before = others->size();
      add_attributes(field.key, field.value, Markup::kPlain, *others);
      if (others->size() > before && others_.size() < 100 &&
          std::find(others_.begin(), others_.end(), field.key) == others_.end()) {
        others_.emplace_back(field.key);
      }
      continue;
    }
    if (rank > ranks_[role]) continue;
    ranks_[role] = rank;
    values_[role] = field.value;
    if (key_of_[role].empty()) key_of_[role] = field.key;
  }
  for (std::size_t role = 0; role < kRoles; ++role) {
    for (const std::string& name : roles_[role].names) {
      if (values_[role] || name.find('.') == std::string::npos) continue;
      values_[role] = value_at(object, name);
      if (values_[role] && key_of_[role].empty()) key_of_[role] = name;
    }
  }
}

ColumnUse JsonRoles::use() const {
  ColumnUse use;
  for (std::size_t role = 0; role < kRoles; ++role) {
    if (!key_of_[role].empty()) use.roles.emplace_back(roles_[role].role, key_of_[role]);
  }
  use.attributes = others_;
  return use;
}

}  // namespace p5
