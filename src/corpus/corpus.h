// Who did what and when: an immutable, memory-mapped collection of interactions, sorted by user, and within a user by
// time. Users and items are dense 32-bit ids from 0; keys are the source's own ids. Thread-safe: all const.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/interaction.h"
#include "corpus/rating_scale.h"
#include "p5/key_kind.h"

namespace p5 {

using UserId = std::uint32_t;
using ItemId = std::uint32_t;

// How the corpus was made; in corpus.json and in every report.
struct CorpusInfo {
  std::string name;    // "Beauty"
  std::string source;  // "s3rec", "amazon", ...
  std::string ties;    // "shuffled": equal times of one user shuffled by seed; "file": the file's order kept
  std::uint64_t seed = 0;
  std::string data_sha256;  // over the columns that decide results
  // What ratings can be; none without ratings. Of a corpus that does not say it, learnt when it is opened.
  std::optional<RatingScale> rating_scale = {};
  KeyKind user_keys = KeyKind::kText, item_keys = KeyKind::kText;  // in the source
};

// The item table: one row per item.
class ItemCatalog {
 public:
  virtual ~ItemCatalog() = default;
  virtual std::size_t size() const = 0;
  virtual std::string_view key(ItemId item) const = 0;
  virtual std::string_view title(ItemId item) const = 0;  // empty when unknown
  virtual std::string_view brand(ItemId item) const = 0;
  virtual std::string_view description(ItemId item) const = 0;
  virtual double price(ItemId item) const = 0;  // NaN when unknown
  virtual std::vector<std::string_view> categories(ItemId item) const = 0;
  virtual std::vector<Attribute> attributes(ItemId item) const = 0;
  virtual std::optional<ItemId> find(std::string_view key) const = 0;
  // The title if there is one, otherwise "item <key>": what people are shown.
  std::string display_title(ItemId item) const;
};

class Corpus {
 public:
  virtual ~Corpus() = default;

  // Opens a corpus folder and verifies its version, sizes and checksums. Throws NotFound, Corrupted or Unsupported
  // (data), naming file, field, expected and actual value.
  static std::shared_ptr<const Corpus> open(const std::filesystem::path& folder);

  virtual const CorpusInfo& info() const = 0;
  virtual std::size_t user_count() const = 0;
  virtual std::size_t item_count() const = 0;
  virtual std::size_t interaction_count() const = 0;
  // Items from this number up to item_count() have no event: nobody bought them yet. They can be recommended by what
  // the catalogue says of them, but they are no negatives and no candidates of an evaluation (docs/protocol.md).
  virtual std::size_t items_with_events() const = 0;

  // The interactions of a user: positions [begin, end) in the columns below.
  struct Range {
    std::size_t begin = 0, end = 0;
    std::size_t size() const { return end - begin; }
  };
  virtual Range range_of(UserId user) const = 0;

  // Columns, each [interaction_count]. `ratings` NaN = none; `times` kNoTime = none.
  virtual std::span<const UserId> users() const = 0;
  virtual std::span<const ItemId> items() const = 0;
  virtual std::span<const float> ratings() const = 0;
  virtual std::span<const std::int64_t> times() const = 0;
  // How much an event counts, and the part of a split that the source gave ([interaction_count], values of Part); empty
  // for a corpus whose events all count 1, and for one that came without a split.
  virtual std::span<const float> weights() const { return {}; }
  virtual std::span<const std::uint8_t> given_parts() const { return {}; }
  virtual std::string_view event(std::size_t interaction) const = 0;
  virtual std::string_view review(std::size_t interaction) const = 0;
  virtual std::string_view headline(std::size_t interaction) const = 0;
  virtual std::vector<Attribute> attributes(std::size_t interaction) const = 0;

  std::span<const ItemId> items_of(UserId user) const {
    const Range range = range_of(user);
    return items().subspan(range.begin, range.size());
  }
  bool has_ratings() const;
  float weight(std::size_t interaction) const { return weights().empty() ? 1.0f : weights()[interaction]; }
  std::vector<ItemId> items_without_events() const;  // ascending
  RatingScale rating_scale() const { return info().rating_scale.value_or(RatingScale()); }

  virtual std::string_view user_key(UserId user) const = 0;
  virtual std::string_view user_name(UserId user) const = 0;  // empty when unknown
  virtual std::vector<Attribute> user_attributes(UserId user) const = 0;
  virtual std::optional<UserId> find_user(std::string_view key) const = 0;
  virtual const ItemCatalog& catalog() const = 0;
};

}  // namespace p5
