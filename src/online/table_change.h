// What is known of an item or a user in place of what the corpus has: the unit of change that a FeedbackStore keeps.
#pragma once

#include <string>
#include <string_view>

namespace p5 {

struct TableChange {
  enum class Table { kItems, kUsers };
  Table table = Table::kItems;
  std::string key;
  std::string facts;    // a JSON object, as online/live_catalog.h describes
  bool forget = false;  // of a user: the events in the store are deleted
};

// "items" and "users", as stores write them.
inline const char* to_string(TableChange::Table table) {
  return table == TableChange::Table::kItems ? "items" : "users";
}
inline TableChange::Table table_named(std::string_view name) {
  return name == "items" ? TableChange::Table::kItems : TableChange::Table::kUsers;
}

}  // namespace p5
