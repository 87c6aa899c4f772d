// What a corpus knows of its users and items, as JSON. Thread-safe: free functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "corpus/corpus.h"

namespace p5 {

// {"user", "name", "attributes", "history": [{"item", "title", "rating", "time_ms", "event", "live"}]}: the newest
// `limit` events, oldest first. `live` are the items of events after those of the corpus. Throws NotFound for a user of
// neither.
nlohmann::json user_json(const Corpus& corpus, const std::string& user, const std::vector<std::string>& live,
                         std::size_t limit);
// {"item", "title", "brand", "categories", "price", "description", "attributes", "events", "recent": [{"user",
// "rating", "time_ms"}]}. Throws NotFound.
nlohmann::json item_json(const Corpus& corpus, const std::string& item);
// {"users": [{"user", "name", "events"}]}: whose key or name begins so, in the corpus's order.
nlohmann::json users_json(const Corpus& corpus, const std::string& prefix, std::size_t limit);
// {"items": [{"item", "title", ...}]}: that have all of the words, whatever their case, in key, title, brand or
// categories.
nlohmann::json items_json(const Corpus& corpus, const std::string& words, std::size_t limit);

// The time of the user's last event in the corpus; the least number where there is none.
std::int64_t last_time_of(const Corpus& corpus, const std::string& user);

}  // namespace p5
