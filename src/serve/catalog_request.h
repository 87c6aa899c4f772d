// What a shop says of items and users: their facts, and the keys that can be kept. Thread-safe: free functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "online/table_change.h"

namespace p5 {

// The facts that the object gives, null ones among them; `key` is a further field that it must have, `where` names the
// object in messages. Throws InvalidArgument for other fields and bad ones.
nlohmann::json facts_of(const nlohmann::json& object, const std::string& where, TableChange::Table table,
                        const char* key = nullptr);
// The key. Throws InvalidArgument for one that stores cannot keep; `name` is where it stands.
std::string checked_key(const std::string& key, const std::string& name);

}  // namespace p5
