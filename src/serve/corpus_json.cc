#include "serve/corpus_json.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <sstream>
#include <variant>

#include "p5/error.h"

namespace p5 {
namespace {

using Json = nlohmann::json;

std::string lower(std::string_view text) {
  std::string small(text);
  std::ranges::transform(small, small.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return small;
}

Json attributes_json(const std::vector<Attribute>& attributes) {
  Json all = Json::object();
  for (const Attribute& attribute : attributes)
    std::visit([&](const auto& value) { all[attribute.name] = value; }, attribute.value);
  return all;
}

// What a list shows of an item.
Json item_line(const Corpus& corpus, ItemId item) {
  const ItemCatalog& catalog = corpus.catalog();
  Json line{{"item", catalog.key(item)}, {"title", nullptr}};
  if (!catalog.title(item).empty()) line["title"] = catalog.title(item);
  if (!catalog.brand(item).empty()) line["brand"] = catalog.brand(item);
  if (!std::isnan(catalog.price(item))) line["price"] = catalog.price(item);
  const auto categories = catalog.categories(item);
  if (!categories.empty()) line["categories"] = categories;
  return line;
}

// The latest events of an item, the newest first; without times those of the last users.
Json latest_of(const Corpus& corpus, ItemId item, std::size_t most) {
  std::vector<std::size_t> events;
  for (std::size_t at = corpus.interaction_count(); at-- > 0;) {
    if (corpus.items()[at] == item) events.push_back(at);
  }
  std::ranges::stable_sort(events, [&](std::size_t a, std::size_t b) { return corpus.times()[a] > corpus.times()[b]; });
  Json latest = Json::array();
  for (std::size_t i = 0; i < events.size() && i < most; ++i) {
    const std::size_t at = events[i];
    Json event{{"user", corpus.user_key(corpus.users()[at])}};
    if (!std::isnan(corpus.ratings()[at])) event["rating"] = corpus.ratings()[at];
    if (corpus.times()[at] != kNoTime) event["time_ms"] = corpus.times()[at];
    latest.push_back(std::move(event));
  }
  return latest;
}

bool has_words(const Corpus& corpus, ItemId item, const std::vector<std::string>& words) {
  const ItemCatalog& catalog = corpus.catalog();
  std::string text = lower(catalog.key(item)) + "\n" + lower(catalog.title(item)) + "\n" + lower(catalog.brand(item));
  for (const std::string_view category : catalog.categories(item)) text += "\n" + lower(category);
  return std::ranges::all_of(words, [&](const std::string& word) { return text.find(word) != std::string::npos; });
}

// A user whose facts were put is one of whom something is known, except where all that is known is to forget.
bool says_something(const std::optional<Json>& facts) {
  return facts && (facts->size() > 1 || !facts->contains("forgotten"));
}

}  // namespace

std::int64_t last_time_of(const Corpus& corpus, const std::string& user) {
  std::int64_t last = std::numeric_limits<std::int64_t>::min();
  const auto known = corpus.find_user(user);
  if (!known) return last;
  const Corpus::Range range = corpus.range_of(*known);
  for (std::size_t at = range.begin; at < range.end; ++at) {
    if (corpus.times()[at] != kNoTime) last = std::max(last, corpus.times()[at]);
  }
  return last;
}

Json user_json(const CatalogView& view, const std::string& user, const std::vector<LiveItem>& live,
               const std::optional<Json>& facts, std::size_t limit) {
  const Corpus& corpus = view.corpus();
  const auto known = corpus.find_user(user);
  if (!known && live.empty() && !says_something(facts)) {
    throw not_found_error("no such user",
                          {.where = "'" + user + "'", .expected = "a user of the corpus, or one with feedback"});
  }
  const ItemCatalog& catalog = corpus.catalog();
  Json answer{{"user", user}, {"known", known.has_value()}, {"attributes", Json::object()}};
  Json history = Json::array();
  if (known) {
    if (!corpus.user_name(*known).empty()) answer["name"] = corpus.user_name(*known);
    answer["attributes"] = attributes_json(corpus.user_attributes(*known));
    const Corpus::Range range = corpus.range_of(*known);
    const std::size_t kept = limit > live.size() ? limit - live.size() : 0;
    for (std::size_t at = range.end - std::min(kept, range.size()); at < range.end; ++at) {
      Json event = item_line(corpus, corpus.items()[at]);
      if (!std::isnan(corpus.ratings()[at])) event["rating"] = corpus.ratings()[at];
      if (corpus.times()[at] != kNoTime) event["time_ms"] = corpus.times()[at];
      if (!corpus.event(at).empty()) event["event"] = corpus.event(at);
      history.push_back(std::move(event));
    }
    answer["events"] = range.size() + live.size();
  }
  for (std::size_t i = live.size() - std::min(limit, live.size()); i < live.size(); ++i) {
    const auto item = catalog.find(live[i].item);
    Json event = item ? item_line(corpus, *item) : Json{{"item", live[i].item}, {"title", nullptr}};
    if (live[i].stars) event["rating"] = *live[i].stars;
    event["time_ms"] = live[i].time_ms;
    event["live"] = true;
    history.push_back(std::move(event));
  }
  answer["history"] = std::move(history);
  if (facts) {
    for (const char* name : {"name", "attributes"}) {
      if (facts->contains(name)) answer[name] = facts->at(name);
    }
  }
  return answer;
}

Json item_json(const CatalogView& view, const std::string& item) {
  const Corpus& corpus = view.corpus();
  const auto known = corpus.catalog().find(item);
  if (!known)
    throw not_found_error("no such item", {.where = "'" + item + "'", .expected = "an item key of the corpus"});
  Json answer = item_line(corpus, *known);
  if (!corpus.catalog().description(*known).empty()) answer["description"] = corpus.catalog().description(*known);
  answer["attributes"] = attributes_json(corpus.catalog().attributes(*known));
  answer["available"] = view.is_available(*known);
  answer["events"] = std::ranges::count(corpus.items(), *known);
  answer["recent"] = latest_of(corpus, *known, 12);
  return answer;
}

Json users_json(const Corpus& corpus, const std::string& prefix, std::size_t limit) {
  Json users = Json::array();
  const std::string wanted = lower(prefix);
  for (UserId user = 0; user < corpus.user_count() && users.size() < limit; ++user) {
    if (!lower(corpus.user_key(user)).starts_with(wanted) && !lower(corpus.user_name(user)).starts_with(wanted))
      continue;
    if (!corpus.find_user(corpus.user_key(user))) continue;  // forgotten
    users.push_back({{"user", corpus.user_key(user)}, {"events", corpus.range_of(user).size()}});
    if (!corpus.user_name(user).empty()) users.back()["name"] = corpus.user_name(user);
  }
  return {{"users", std::move(users)}, {"of", corpus.user_count()}};
}

Json items_json(const CatalogView& view, const std::string& words, std::size_t limit) {
  const Corpus& corpus = view.corpus();
  std::vector<std::string> wanted;
  std::istringstream stream(lower(words));
  for (std::string word; stream >> word;) wanted.push_back(word);
  Json items = Json::array();
  for (ItemId item = 0; item < corpus.item_count() && items.size() < limit; ++item) {
    if (!has_words(corpus, item, wanted)) continue;
    items.push_back(item_line(corpus, item));
    if (!view.is_available(item)) items.back()["available"] = false;
  }
  return {{"items", std::move(items)}, {"of", corpus.item_count()}};
}

}  // namespace p5
