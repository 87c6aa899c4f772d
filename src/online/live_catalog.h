// What a shop changed about its items and users since the corpora of the models were made, as the store has it: whoever
// wrote it, this process or another replica. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "online/feedback_store.h"
#include "p5/recommender.h"

namespace p5 {

class LiveCatalog {
 public:
  // Facts as JSON objects. Of an item: "title", "brand", "description", "price", "categories", "attributes" (an object
  // of texts, numbers and lists of texts) and "available"; of a user: "name" and "attributes".
  using Facts = nlohmann::json;
  using Changed = std::function<void(const CatalogChanges&)>;
  using Forgotten = std::function<void(const std::string& user)>;

  // `changed` is told of all changes that there are after each further one, `forgotten` of each user who is to be
  // forgotten. Calls follow each other.
  explicit LiveCatalog(std::shared_ptr<FeedbackStore> store, Changed changed = {}, Forgotten forgotten = {})
      : store_(std::move(store)), changed_(std::move(changed)), forgotten_(std::move(forgotten)) {}

  // Reads what the store took since the last call, and tells. Throws what the store throws.
  void follow();
  // Tells `hear` of all changes that there are, while no other is made.
  void tell(const Changed& hear);

  // Merges facts into what is known of each key: a fact that is null is as the corpus has it again. Returns when it is
  // on disk and told. Throws what the store throws; then nothing was changed.
  void put(TableChange::Table table, std::span<const std::pair<std::string, Facts>> facts);
  // An item that the corpus does not have is gone; any other is never recommended again, until it is put again.
  void remove_item(const std::string& item);
  // What the store has of the user is deleted. Models take a user of their corpus for an unknown one from now on.
  void forget_user(const std::string& user);

  // What is known in place of the corpus's facts; none where nothing was put.
  std::optional<Facts> item(const std::string& key) const { return facts_of(items_, key); }
  std::optional<Facts> user(const std::string& key) const { return facts_of(users_, key); }
  CatalogChanges changes() const;

 private:
  struct Known {
    std::uint64_t number = 0;  // in the order of the first change, so that items keep their places
    Facts facts = Facts::object();
  };
  using Table = std::unordered_map<std::string, Known>;

  std::optional<Facts> facts_of(const Table& table, const std::string& key) const;
  void write(std::span<const TableChange> changes);
  void read();
  CatalogChanges collect() const;

  std::shared_ptr<FeedbackStore> store_;
  std::mutex changing_;  // one change, and all who are told of it, at a time
  mutable std::mutex mutex_;
  Table items_, users_;
  std::uint64_t last_ = 0, next_number_ = 0;
  Changed changed_;
  Forgotten forgotten_;
};

}  // namespace p5
