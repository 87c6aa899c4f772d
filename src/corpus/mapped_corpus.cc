#include "corpus/mapped_corpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "base/replaced_folder.h"
#include "corpus/attribute_json.h"
#include "corpus/column_reader.h"
#include "corpus/folder_kind.h"
#include "p5/error.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

std::optional<std::uint32_t> find_key(std::span<const std::uint32_t> order, const TextColumn& keys,
                                      std::string_view key) {
  const auto found = std::lower_bound(order.begin(), order.end(), key,
                                      [&](std::uint32_t id, std::string_view k) { return keys[id] < k; });
  if (found == order.end() || keys[*found] != key) return std::nullopt;
  return *found;
}

class MappedCatalog final : public ItemCatalog {
 public:
  MappedCatalog(ColumnReader& reader, const CorpusHeader& header)
      : size_(header.items),
        keys_(reader.text(column::kItemKey, size_)),
        order_(reader.order(column::kItemOrder, keys_, size_)),
        titles_(reader.text(column::kTitle, size_)),
        brands_(reader.text(column::kBrand, size_)),
        descriptions_(reader.text(column::kDescription, size_)),
        attributes_(reader.text(column::kItemAttributes, size_)),
        prices_(reader.values<double>(column::kPrice, size_)),
        categories_(reader.text(column::kCategory, reader.text_count(column::kCategory))),
        category_begin_(reader.offsets(column::kCategoryBegin, size_, reader.text_count(column::kCategory))) {}

  std::size_t size() const override { return size_; }
  std::string_view key(ItemId item) const override { return keys_[checked(item)]; }
  std::string_view title(ItemId item) const override { return titles_[checked(item)]; }
  std::string_view brand(ItemId item) const override { return brands_[checked(item)]; }
  std::string_view description(ItemId item) const override { return descriptions_[checked(item)]; }
  double price(ItemId item) const override { return prices_[checked(item)]; }

  std::vector<std::string_view> categories(ItemId item) const override {
    std::vector<std::string_view> path;
    for (auto i = category_begin_[checked(item)]; i < category_begin_[item + 1]; ++i) path.push_back(categories_[i]);
    return path;
  }
  std::vector<Attribute> attributes(ItemId item) const override {
    return decode_attributes(attributes_[checked(item)], fmt::format("attributes of item {}", key(item)));
  }
  std::optional<ItemId> find(std::string_view key) const override { return find_key(order_, keys_, key); }

 private:
  ItemId checked(ItemId item) const {
    assert(item < size_);
    return item;
  }

  std::size_t size_;
  TextColumn keys_;
  std::span<const ItemId> order_;
  TextColumn titles_, brands_, descriptions_, attributes_;
  std::span<const double> prices_;
  TextColumn categories_;
  std::span<const std::uint64_t> category_begin_;
};

class MappedCorpus final : public Corpus {
 public:
  MappedCorpus(ColumnReader reader, CorpusHeader header)
      : header_(std::move(header)),
        users_(reader.values<UserId>(column::kUsers, header_.interactions)),
        items_(reader.values<ItemId>(column::kItems, header_.interactions)),
        ratings_(reader.values<float>(column::kRatings, header_.interactions)),
        times_(reader.values<std::int64_t>(column::kTimes, header_.interactions)),
        event_codes_(reader.values<std::uint16_t>(column::kEventCodes, header_.interactions)),
        weights_(reader.optional_values<float>(column::kWeights, header_.interactions)),
        parts_(reader.optional_values<std::uint8_t>(column::kParts, header_.interactions)),
        event_names_(reader.text(column::kEventName, reader.text_count(column::kEventName))),
        reviews_(reader.text(column::kReview, header_.interactions)),
        headlines_(reader.text(column::kHeadline, header_.interactions)),
        attributes_(reader.text(column::kAttributes, header_.interactions)),
        user_begin_(reader.offsets(column::kUserBegin, header_.users, header_.interactions)),
        user_keys_(reader.text(column::kUserKey, header_.users)),
        user_order_(reader.order(column::kUserOrder, user_keys_, header_.users)),
        user_names_(reader.text(column::kUserName, header_.users)),
        user_attributes_(reader.text(column::kUserAttributes, header_.users)),
        catalog_(reader, header_) {
    verify(reader);
    if (!items_.empty()) items_with_events_ = std::size_t{*std::max_element(items_.begin(), items_.end())} + 1;
    if (!header_.info.rating_scale && has_ratings()) header_.info.rating_scale = RatingScale::of(ratings_);
    maps_ = reader.release();
  }

  const CorpusInfo& info() const override { return header_.info; }
  std::size_t user_count() const override { return header_.users; }
  std::size_t item_count() const override { return header_.items; }
  std::size_t interaction_count() const override { return header_.interactions; }
  std::size_t items_with_events() const override { return items_with_events_; }

  Range range_of(UserId user) const override {
    assert(user < user_count());
    return {user_begin_[user], user_begin_[user + 1]};
  }
  std::span<const UserId> users() const override { return users_; }
  std::span<const ItemId> items() const override { return items_; }
  std::span<const float> ratings() const override { return ratings_; }
  std::span<const std::int64_t> times() const override { return times_; }
  std::span<const float> weights() const override { return weights_; }
  std::span<const std::uint8_t> given_parts() const override { return parts_; }
  std::string_view event(std::size_t i) const override { return event_names_[event_codes_[i]]; }
  std::string_view review(std::size_t i) const override { return reviews_[i]; }
  std::string_view headline(std::size_t i) const override { return headlines_[i]; }
  std::vector<Attribute> attributes(std::size_t i) const override {
    return decode_attributes(attributes_[i], fmt::format("attributes of interaction {}", i));
  }

  std::string_view user_key(UserId user) const override { return user_keys_[user]; }
  std::string_view user_name(UserId user) const override { return user_names_[user]; }
  std::vector<Attribute> user_attributes(UserId user) const override {
    return decode_attributes(user_attributes_[user], fmt::format("attributes of user {}", user_key(user)));
  }
  std::optional<UserId> find_user(std::string_view key) const override {
    return find_key(user_order_, user_keys_, key);
  }
  const ItemCatalog& catalog() const override { return catalog_; }

 private:
  // Checks what ties the columns together. Each column by itself is already verified.
  void verify(const ColumnReader& reader) const {
    verify_optional(reader);
    reader.require_below(column::kItems, items_, item_count());
    // Without event names every event has the empty name, whatever its code.
    if (!event_names_.offsets.empty()) {
      reader.require_below(column::kEventCodes, event_codes_, event_names_.offsets.size() - 1);
    }
    for (UserId user = 0; user < user_count(); ++user) {
      for (std::size_t i = user_begin_[user]; i < user_begin_[user + 1]; ++i) {
        if (users_[i] != user) {
          throw reader.damaged(column::kUsers, "value", fmt::format("user {} at {}", user, i),
                               std::to_string(users_[i]));
        }
        if (i == user_begin_[user]) continue;
        const bool same_part = parts_.empty() || parts_[i] == parts_[i - 1];
        if (same_part && times_[i] < times_[i - 1]) {
          throw reader.damaged(column::kTimes, "value", fmt::format("rising times at {}", i),
                               std::to_string(times_[i]));
        }
        if (!same_part && parts_[i] < parts_[i - 1]) {
          throw reader.damaged(column::kParts, "value", fmt::format("rising parts at {}", i),
                               std::to_string(parts_[i]));
        }
      }
    }
    for (std::size_t i = 0; i < ratings_.size(); ++i) {
      if (std::isinf(ratings_[i])) {
        throw reader.damaged(column::kRatings, "value", fmt::format("a finite rating at {}", i), "infinity");
      }
    }
  }

  void verify_optional(const ColumnReader& reader) const {
    reader.require_below(column::kParts, parts_, kGivenParts);
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      if (std::isfinite(weights_[i]) && weights_[i] >= 0) continue;
      throw reader.damaged(column::kWeights, "value", fmt::format("a finite weight of at least 0 at {}", i),
                           std::to_string(weights_[i]));
    }
  }

  CorpusHeader header_;
  std::vector<MappedFile> maps_;
  std::span<const UserId> users_;
  std::span<const ItemId> items_;
  std::span<const float> ratings_;
  std::span<const std::int64_t> times_;
  std::span<const std::uint16_t> event_codes_;
  std::span<const float> weights_;
  std::span<const std::uint8_t> parts_;
  std::size_t items_with_events_ = 0;
  TextColumn event_names_, reviews_, headlines_, attributes_;
  std::span<const std::uint64_t> user_begin_;
  TextColumn user_keys_;
  std::span<const UserId> user_order_;
  TextColumn user_names_, user_attributes_;
  MappedCatalog catalog_;
};

std::shared_ptr<const Corpus> open_once(const fs::path& folder, const fs::path& header_path) {
  if (!file_exists(header_path)) {
    throw wrong_folder(folder, FolderKind::kCorpus, ErrorSubject::kData);
  }
  CorpusHeader header = parse_corpus_header(read_file(header_path, kCorpusHeaderLimit), header_path.string());
  ColumnReader reader(folder, header);
  return std::make_shared<MappedCorpus>(std::move(reader), header);
}

}  // namespace

std::shared_ptr<const Corpus> open_mapped_corpus(const fs::path& folder) {
  const fs::path header_path = folder / kCorpusHeaderFile;
  return read_replaceable(header_path, [&] { return open_once(folder, header_path); });
}

}  // namespace p5
