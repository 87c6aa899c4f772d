#include "online/live_catalog.h"

#include <algorithm>
#include <limits>

#include "base/json_field.h"
#include "base/logger.h"

namespace p5 {
namespace {

using Json = nlohmann::json;

std::optional<std::string> text_if(const Json& facts, const char* name) {
  const auto found = facts.find(name);
  return found == facts.end() || !found->is_string() ? std::nullopt : std::optional(found->get<std::string>());
}

bool flag(const Json& facts, const char* name, bool otherwise) {
  const auto found = facts.find(name);
  return found == facts.end() || !found->is_boolean() ? otherwise : found->get<bool>();
}

std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> texts;
  for (const Json& entry : list) {
    if (entry.is_string()) texts.push_back(entry.get<std::string>());
  }
  return texts;
}

ItemFact fact_of(const std::string& name, const Json& value) {
  if (value.is_number()) return {.name = name, .number = value.get<double>()};
  if (value.is_array()) return {.name = name, .values = texts_of(value)};
  return {.name = name, .values = {value.is_string() ? value.get<std::string>() : value.dump()}};
}

ItemChange change_of(const std::string& item, const Json& facts) {
  ItemChange change{.item = item};
  change.title = text_if(facts, "title");
  change.brand = text_if(facts, "brand");
  change.description = text_if(facts, "description");
  if (const auto price = facts.find("price"); price != facts.end() && price->is_number()) {
    change.price = price->get<double>();
  }
  if (const auto list = facts.find("categories"); list != facts.end()) change.categories = texts_of(*list);
  if (const auto all = facts.find("attributes"); all != facts.end() && all->is_object()) {
    change.facts.emplace();
    for (const auto& [name, value] : all->items()) change.facts->push_back(fact_of(name, value));
  }
  change.available = flag(facts, "available", true);
  return change;
}

bool is_forgotten(const Json& facts) { return flag(facts, "forgotten", false); }

const Json kRemoved = {{"available", false}, {"removed", true}};

}  // namespace

std::optional<Json> LiveCatalog::facts_of(const Table& table, const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = table.find(key);
  return found == table.end() ? std::nullopt : std::optional(found->second.facts);
}

CatalogChanges LiveCatalog::collect() const {
  std::vector<std::pair<std::uint64_t, const std::pair<const std::string, Known>*>> order;
  for (const auto& entry : items_) order.emplace_back(entry.second.number, &entry);
  std::ranges::sort(order);
  CatalogChanges changes;
  for (const auto& [number, entry] : order) changes.items.push_back(change_of(entry->first, entry->second.facts));
  for (const auto& [user, known] : users_) {
    if (is_forgotten(known.facts)) changes.forgotten_users.push_back(user);
  }
  return changes;
}

CatalogChanges LiveCatalog::changes() const {
  const std::lock_guard lock(mutex_);
  return collect();
}

void LiveCatalog::tell(const Changed& hear) {
  const std::lock_guard turn(changing_);
  hear(changes());
}

void LiveCatalog::follow() {
  const std::lock_guard turn(changing_);
  read();
}

// The caller has the turn.
void LiveCatalog::read() {
  std::vector<std::string> forgotten;
  CatalogChanges now;
  {
    const std::lock_guard lock(mutex_);
    const std::uint64_t before = last_;
    last_ = store_->read_changes(last_, [&](const TableChange& change) {
      Json facts = parse_json(change.facts);
      if (!facts.is_object()) {
        log_warning("a change in the feedback store is passed over: its facts are no JSON object");
        return;
      }
      const bool of_items = change.table == TableChange::Table::kItems;
      Known& known = (of_items ? items_ : users_)[change.key];
      if (known.number == 0) known.number = ++next_number_;
      if (!of_items && is_forgotten(facts) && !is_forgotten(known.facts)) forgotten.push_back(change.key);
      known.facts = std::move(facts);
    });
    if (last_ == before) return;
    now = collect();
  }
  for (const std::string& user : forgotten) {
    if (forgotten_) forgotten_(user);
  }
  if (changed_) changed_(now);
}

void LiveCatalog::write(std::span<const TableChange> changes) {
  store_->change(changes);
  read();
}

void LiveCatalog::put(TableChange::Table table, std::span<const std::pair<std::string, Facts>> facts) {
  const std::lock_guard turn(changing_);
  read();  // what other replicas know by now
  std::vector<TableChange> changes;
  std::unordered_map<std::string, std::size_t> places;
  for (const auto& [key, given] : facts) {
    const auto [place, is_new] = places.emplace(key, changes.size());
    if (is_new) changes.push_back({.table = table, .key = key, .facts = {}});
    TableChange& change = changes[place->second];
    Json merged = Json::object();
    if (!is_new) {
      merged = Json::parse(change.facts);
    } else if (const auto known = table == TableChange::Table::kItems ? item(key) : user(key);
               known && !known->contains("removed")) {
      merged = *known;
    }
    merged.merge_patch(given);
    change.facts = merged.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  write(changes);
}

void LiveCatalog::remove_item(const std::string& item) {
  const std::lock_guard turn(changing_);
  const TableChange change{.key = item, .facts = kRemoved.dump()};
  write(std::span(&change, 1));
}

void LiveCatalog::forget_user(const std::string& user) {
  const std::lock_guard turn(changing_);
  const TableChange change{
      .table = TableChange::Table::kUsers, .key = user, .facts = Json{{"forgotten", true}}.dump(), .forget = true};
  write(std::span(&change, 1));
}

}  // namespace p5
