// A corpus in memory, for tests of every module above `corpus`: histories are required, everything else is optional.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corpus/corpus.h"

namespace p5::test {

// Outer vectors run over users, inner ones over the user's interactions in time order; item tables run over items.
// Empty fields get a plain default: no ratings, times 1, 2, 3, ..., no texts, keys "i0", "u0", ...
struct FakeData {
  std::vector<std::vector<ItemId>> histories;
  std::size_t items = 0;  // at least; the largest id of the histories is always covered
  std::vector<std::vector<float>> ratings = {};
  std::vector<std::vector<std::int64_t>> times = {};
  std::vector<std::vector<std::string>> reviews = {};
  std::vector<std::vector<std::string>> headlines = {};
  std::vector<float> weights = {};             // of all events, user after user
  std::vector<std::uint8_t> given_parts = {};  // the same
  std::size_t items_without_events = 0;        // of `items`, the last ones
  std::vector<std::string> item_keys = {};
  std::vector<std::string> titles = {};
  std::vector<std::string> brands = {};
  std::vector<std::string> descriptions = {};
  std::vector<double> prices = {};
  std::vector<std::vector<std::string>> categories = {};
  std::vector<std::vector<Attribute>> item_attributes = {};
  std::vector<std::string> user_names = {};
  std::vector<std::vector<Attribute>> user_attributes = {};
  std::optional<RatingScale> rating_scale = {};  // none: 1 to 5
};

class FakeCorpus : public Corpus, private ItemCatalog {
 public:
  explicit FakeCorpus(FakeData data) : data_(std::move(data)) {
    begins_.push_back(0);
    for (std::size_t user = 0; user < data_.histories.size(); ++user) add_user(user);
    for (const ItemId item : items_) data_.items = std::max<std::size_t>(data_.items, item + 1);
    items_with_events_ = data_.items - data_.items_without_events;
    while (data_.item_keys.size() < data_.items)
      data_.item_keys.push_back("i" + std::to_string(data_.item_keys.size()));
    info_ = {.name = "fake",
             .source = "memory",
             .ties = "file",
             .seed = 0,
             .data_sha256 = "",
             .rating_scale = data_.rating_scale};
  }
  explicit FakeCorpus(std::vector<std::vector<ItemId>> histories, std::vector<std::vector<float>> ratings = {},
                      std::vector<std::vector<std::int64_t>> times = {})
      : FakeCorpus(
            FakeData{.histories = std::move(histories), .ratings = std::move(ratings), .times = std::move(times)}) {}

  const CorpusInfo& info() const override { return info_; }
  std::size_t user_count() const override { return data_.histories.size(); }
  std::size_t item_count() const override { return data_.items; }
  std::size_t interaction_count() const override { return items_.size(); }
  std::size_t items_with_events() const override { return items_with_events_; }
  Range range_of(UserId user) const override { return {begins_[user], begins_[user + 1]}; }

  std::span<const UserId> users() const override { return users_; }
  std::span<const ItemId> items() const override { return items_; }
  std::span<const float> ratings() const override { return ratings_; }
  std::span<const std::int64_t> times() const override { return times_; }
  std::span<const float> weights() const override { return data_.weights; }
  std::span<const std::uint8_t> given_parts() const override { return data_.given_parts; }
  std::string_view event(std::size_t) const override { return {}; }
  std::string_view review(std::size_t interaction) const override { return text_of(data_.reviews, interaction); }
  std::string_view headline(std::size_t interaction) const override { return text_of(data_.headlines, interaction); }

  std::vector<Attribute> attributes(std::size_t) const override { return {}; }  // of interactions: none

  std::string_view user_key(UserId user) const override { return user_keys_[user]; }
  std::string_view user_name(UserId user) const override { return entry_of(data_.user_names, user); }
  std::vector<Attribute> user_attributes(UserId user) const override {
    return user < data_.user_attributes.size() ? data_.user_attributes[user] : std::vector<Attribute>{};
  }
  std::optional<UserId> find_user(std::string_view key) const override { return position_of(user_keys_, key); }
  const ItemCatalog& catalog() const override { return *this; }

 private:
  // The item catalogue's side.
  std::size_t size() const override { return data_.items; }
  std::string_view key(ItemId item) const override { return data_.item_keys[item]; }
  std::string_view title(ItemId item) const override { return entry_of(data_.titles, item); }
  std::string_view brand(ItemId item) const override { return entry_of(data_.brands, item); }
  std::string_view description(ItemId item) const override { return entry_of(data_.descriptions, item); }
  double price(ItemId item) const override {
    return item < data_.prices.size() ? data_.prices[item] : std::numeric_limits<double>::quiet_NaN();
  }
  std::vector<std::string_view> categories(ItemId item) const override {
    if (item >= data_.categories.size()) return {};
    return {data_.categories[item].begin(), data_.categories[item].end()};
  }
  std::vector<Attribute> attributes(ItemId item) const override {
    return item < data_.item_attributes.size() ? data_.item_attributes[item] : std::vector<Attribute>{};
  }
  std::optional<ItemId> find(std::string_view key) const override { return position_of(data_.item_keys, key); }

  void add_user(std::size_t user) {
    user_keys_.push_back("u" + std::to_string(user));
    const std::vector<ItemId>& history = data_.histories[user];
    for (std::size_t i = 0; i < history.size(); ++i) {
      users_.push_back(static_cast<UserId>(user));
      items_.push_back(history[i]);
      ratings_.push_back(data_.ratings.empty() ? kNoRating : data_.ratings.at(user).at(i));
      times_.push_back(data_.times.empty() ? static_cast<std::int64_t>(i + 1) : data_.times.at(user).at(i));
    }
    begins_.push_back(items_.size());
  }

  std::string_view text_of(const std::vector<std::vector<std::string>>& texts, std::size_t interaction) const {
    const UserId user = users_[interaction];
    if (user >= texts.size()) return {};
    return entry_of(texts[user], interaction - begins_[user]);
  }
  static std::string_view entry_of(const std::vector<std::string>& column, std::size_t row) {
    return row < column.size() ? std::string_view(column[row]) : std::string_view();
  }
  static std::optional<std::uint32_t> position_of(const std::vector<std::string>& column, std::string_view key) {
    const auto found = std::find(column.begin(), column.end(), key);
    if (found == column.end()) return std::nullopt;
    return static_cast<std::uint32_t>(found - column.begin());
  }

  FakeData data_;
  CorpusInfo info_;
  std::size_t items_with_events_ = 0;
  std::vector<std::size_t> begins_;
  std::vector<UserId> users_;
  std::vector<ItemId> items_;
  std::vector<float> ratings_;
  std::vector<std::int64_t> times_;
  std::vector<std::string> user_keys_;
};

}  // namespace p5::test
