// Corpora as columns in memory: a corpus is made of columns, and gives its own back. Includes no third-party header.
// Thread-safe: an open CorpusTable is constant.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "p5/key_kind.h"
#include "p5/options.h"
#include "p5/pipeline.h"
#include "p5/stop_token.h"

namespace p5 {

// Texts in one piece of memory, borrowed: text i is the bytes [offsets[i], offsets[i + 1]). Without offsets there are
// none.
struct TextsView {
  std::string_view bytes = {};
  std::span<const std::uint64_t> offsets = {};  // [size + 1], ascending

  std::size_t size() const { return offsets.empty() ? 0 : offsets.size() - 1; }
  bool empty() const { return size() == 0; }
  std::string_view operator[](std::size_t i) const { return bytes.substr(offsets[i], offsets[i + 1] - offsets[i]); }
};

// Events, a row each, in the order in which they happened where there are no times. Columns are [events] or empty.
struct EventColumns {
  TextsView users = {}, items = {};             // keys; neither may be empty
  std::span<const double> ratings = {};         // NaN: none
  std::span<const std::int64_t> times_ms = {};  // since 1970 UTC; the least value: none
  TextsView types = {};                         // "view", "purchase"
  TextsView reviews = {}, headlines = {};
  TextsView attributes = {};  // as those of items
};

// Items, a row each. Columns are [items] or empty.
struct ItemColumns {
  TextsView keys = {};
  TextsView titles = {}, brands = {}, descriptions = {};
  std::span<const double> prices = {};  // NaN: not known
  // The categories of item i, from general to specific, are the texts [begins[i], begins[i + 1]).
  TextsView categories = {};
  std::span<const std::uint64_t> category_begins = {};  // [items + 1] or empty
  TextsView attributes = {};  // of each item a JSON list of [name, value]: a text, texts, a number or numbers
};

// Users, a row each. Columns are [users] or empty. Users without an event are left out.
struct UserColumns {
  TextsView keys = {}, names = {};
  TextsView attributes = {};  // as those of items
};

struct TableImportRequest {
  EventColumns events = {};
  ItemColumns items = {};
  UserColumns users = {};
  // A corpus to go on from: its events come before these, its items and users stay, and what the columns say of one
  // takes the place of what it says. Its kinds of keys, scale of ratings and weights stay; settings must be empty.
  std::string onto = {};
  KeyKind user_keys = KeyKind::kText, item_keys = KeyKind::kText;  // what the corpus remembers of them
  std::string out;                                                 // the corpus folder to write
  Settings settings = {};  // import.* that clean events; those that read files are unknown here
  StopToken stop = {};
};
// As import_corpus(), of columns in place of files. Throws InvalidArgument for columns that do not fit together, naming
// them, and data errors for attributes that are no such JSON, or for a damaged corpus to go on from.
StageReport import_table(const TableImportRequest& request);

// Numbers of one type, borrowed.
struct NumbersView {
  enum class Type { kUint32, kInt64, kUint64, kFloat32, kFloat64 };
  Type type = Type::kUint32;
  const void* data = nullptr;
  std::size_t size = 0;
};

class CorpusTable {
 public:
  // Throws what damaged and missing corpora throw: NotFound, Corrupted, Unsupported.
  static CorpusTable open(const std::string& folder);
  ~CorpusTable();
  CorpusTable(CorpusTable&&) noexcept;
  CorpusTable& operator=(CorpusTable&&) noexcept;

  std::size_t user_count() const;
  std::size_t item_count() const;
  std::size_t event_count() const;
  KeyKind user_keys() const;
  KeyKind item_keys() const;
  // What `p5 stats --json` prints.
  std::string stats_json() const;

  // Columns live as long as the table. Numbers are those of the mapped files. Events are sorted by user, and of a user
  // by time.
  //   event.user, event.item: uint32 [events], rows of users and items; event.rating: float32 [events], NaN = none;
  //   event.time: int64 [events], milliseconds since 1970 UTC, the least value = none;
  //   item.price: float64 [items], NaN = not known; item.category_begin: uint64 [items + 1]
  // Throws NotFound for another name.
  NumbersView numbers(std::string_view column) const;
  // Texts are put together at the first call for a column.
  //   event.type, event.review, event.headline, event.attributes [events]; user.key, user.name, user.attributes
  //   [users];
  //   item.key, item.title, item.brand, item.description, item.attributes [items]; item.category: those of all items
  // Attributes are JSON as in ItemColumns, or empty.
  // Throws NotFound for another name.
  TextsView texts(std::string_view column) const;

 private:
  struct Impl;
  explicit CorpusTable(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace p5
