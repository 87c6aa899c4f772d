// What is known of users and items, as JSON. Thread-safe: free functions.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "online/live_histories.h"
#include "recommend/catalog_view.h"

namespace p5 {

// {"user", "name", "attributes", "history": [{"item", "title", "rating", "time_ms", "event", "live"}]}: the newest
// `limit` events, oldest first. `live` is what came after the events of the corpus, `facts` take the place of the
// corpus's (online/live_catalog.h). Throws NotFound for a user of whom nothing is known.
nlohmann::json user_json(const CatalogView& catalog, const std::string& user, const std::vector<LiveItem>& live,
                         const std::optional<nlohmann::json>& facts, std::size_t limit);
// {"item", "title", "brand", "categories", "price", "description", "attributes", "available", "events", "recent":
// [{"user", "rating", "time_ms"}]}. Throws NotFound.
nlohmann::json item_json(const CatalogView& catalog, const std::string& item);
// {"users": [{"user", "name", "events"}]}: whose key or name begins so, in the corpus's order.
nlohmann::json users_json(const Corpus& corpus, const std::string& prefix, std::size_t limit);
// {"items": [{"item", "title", ...}]}: that have all of the words, whatever their case, in key, title, brand or
// categories.
nlohmann::json items_json(const CatalogView& catalog, const std::string& words, std::size_t limit);

// The time of the user's last event in the corpus; the least number where there is none.
std::int64_t last_time_of(const Corpus& corpus, const std::string& user);

}  // namespace p5
