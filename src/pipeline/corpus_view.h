// Looks into a corpus: a sample of it, one user's history, one item, or what a few words find. For people (to_text,
// safe on a terminal) and for programs (to_json). Plain values and a class that is thread-safe: all const.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/data_splits.h"

namespace p5 {

// One event, from either side.
struct ViewedEvent {
  std::string user, item, title;  // keys; the item's title may be empty
  std::int64_t time_ms = kNoTime;
  float rating = kNoRating;
  std::string event = {};    // its type
  std::string ranking = {};  // "train", "valid", "test" or "unused" in the split of rankings
  std::string reviews = {};  // the same in the split of ratings and reviews
};

struct ViewedUser {
  std::string key, name = {};
  std::vector<Attribute> attributes = {};
  std::size_t event_count = 0;
  std::vector<ViewedEvent> events = {};  // the latest, from old to new
};

struct ViewedItem {
  std::string key, title = {}, brand = {}, description = {};
  std::vector<std::string> categories = {};
  std::optional<double> price = {};
  std::vector<Attribute> attributes = {};
  std::size_t event_count = 0, user_count = 0, rated = 0;
  double mean_rating = 0;                // 0 where nobody rated it
  std::vector<ViewedEvent> events = {};  // the latest, from old to new
};

// A few users and items of the whole corpus, or those that words found.
struct CorpusSample {
  std::string corpus;
  std::string words = {};                                       // asked for; empty: a sample
  std::size_t user_count = 0, item_count = 0, event_count = 0;  // in the corpus, or found
  std::vector<ViewedUser> users = {};
  std::vector<ViewedItem> items = {};
};

class CorpusView {
 public:
  // `limit`: events, users and items that are listed, at most.
  CorpusView(DataSplits data, std::size_t limit) : data_(std::move(data)), limit_(limit) {}

  // Users spread evenly over the corpus with a few of their latest items; the items with the most events.
  CorpusSample sample() const;
  // By key. Throw NotFound with keys that are spelled alike.
  ViewedUser user(const std::string& key) const;
  ViewedItem item(const std::string& key) const;
  // Items that have every word in title, brand, category or key, the best match first, then by events; users whose key
  // begins with the words. Letters A to Z match in either case.
  CorpusSample find(const std::string& words) const;

 private:
  ViewedUser view_user(UserId user, std::size_t events) const;
  ViewedItem view_item(ItemId item, std::size_t events) const;
  ViewedEvent view_event(std::size_t interaction) const;
  std::vector<std::size_t> events_per_item() const;

  DataSplits data_;
  std::size_t limit_;
};

std::string to_text(const ViewedUser& user);
std::string to_text(const ViewedItem& item);
std::string to_text(const CorpusSample& sample);
nlohmann::ordered_json to_json(const ViewedUser& user);
nlohmann::ordered_json to_json(const ViewedItem& item);
nlohmann::ordered_json to_json(const CorpusSample& sample);

}  // namespace p5
