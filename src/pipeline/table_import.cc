#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/logger.h"
#include "corpus/attribute_json.h"
#include "ingest/corpus_builder.h"
#include "p5/corpus_table.h"
#include "p5/error.h"
#include "pipeline/corpus_records.h"
#include "pipeline/grown_corpus.h"
#include "pipeline/import_report.h"
#include "pipeline/import_stage.h"
#include "pipeline/settings.h"

namespace p5 {
namespace {

constexpr std::size_t kRowsPerBlock = 1 << 14;

void require_size(std::string_view column, std::size_t size, std::size_t rows) {
  if (size == 0 || size == rows) return;
  throw usage_error(
      "a column of another length",
      {.where = std::string(column), .expected = fmt::format("{} rows, or none", rows), .got = std::to_string(size)});
}

void check(const EventColumns& events) {
  const std::size_t rows = events.users.size();
  if (rows == 0) throw usage_error("there are no events", {.where = "events.users", .expected = "a row or more"});
  if (events.items.empty()) throw usage_error("a column is missing", {.where = "events.items"});
  require_size("events.items", events.items.size(), rows);
  require_size("events.ratings", events.ratings.size(), rows);
  require_size("events.times_ms", events.times_ms.size(), rows);
  require_size("events.types", events.types.size(), rows);
  require_size("events.reviews", events.reviews.size(), rows);
  require_size("events.headlines", events.headlines.size(), rows);
  require_size("events.attributes", events.attributes.size(), rows);
}

void check(const UserColumns& users) {
  require_size("users.names", users.names.size(), users.keys.size());
  require_size("users.attributes", users.attributes.size(), users.keys.size());
}

void check(const ItemColumns& items) {
  const std::size_t rows = items.keys.size();
  require_size("items.titles", items.titles.size(), rows);
  require_size("items.brands", items.brands.size(), rows);
  require_size("items.descriptions", items.descriptions.size(), rows);
  require_size("items.prices", items.prices.size(), rows);
  require_size("items.attributes", items.attributes.size(), rows);
  if (items.category_begins.empty()) return require_size("items.categories", items.categories.size(), 0);
  require_size("items.category_begins", items.category_begins.size(), rows + 1);
  for (std::size_t i = 0; i < rows; ++i) {
    if (items.category_begins[i] <= items.category_begins[i + 1] &&
        items.category_begins[i + 1] <= items.categories.size()) {
      continue;
    }
    throw usage_error("bad begin", {.where = fmt::format("items.category_begins[{}]", i + 1),
                                    .expected = fmt::format("ascending, to {}", items.categories.size()),
                                    .got = std::to_string(items.category_begins[i + 1])});
  }
}

// Empty for columns that are missing.
std::string text_at(const TextsView& column, std::size_t row) {
  return column.empty() ? std::string() : std::string(column[row]);
}

std::vector<Attribute> attributes_at(const TextsView& column, std::size_t row, const char* name) {
  const std::string json = text_at(column, row);
  if (json.empty()) return {};
  return decode_attributes(json, fmt::format("{}[{}]", name, row));
}

Interaction event_at(const EventColumns& events, std::size_t row) {
  return {.user = std::string(events.users[row]),
          .item = std::string(events.items[row]),
          .rating = events.ratings.empty() ? kNoRating : static_cast<float>(events.ratings[row]),
          .time_ms = events.times_ms.empty() ? kNoTime : events.times_ms[row],
          .event = text_at(events.types, row),
          .review = text_at(events.reviews, row),
          .headline = text_at(events.headlines, row),
          .attributes = attributes_at(events.attributes, row, "events.attributes")};
}

// What a column says in place of what was known; without the column that stays.
void take(const TextsView& column, std::size_t row, std::string& text) {
  if (!column.empty()) text = column[row];
}

// Attributes by their names: those of the row in place of known ones.
void take(const TextsView& column, std::size_t row, const char* name, std::vector<Attribute>& known) {
  for (Attribute& attribute : attributes_at(column, row, name)) {
    const auto same = std::ranges::find(known, attribute.name, &Attribute::name);
    same == known.end() ? known.push_back(std::move(attribute)) : void(*same = std::move(attribute));
  }
}

void take(const ItemColumns& items, std::size_t row, ItemRecord& record) {
  take(items.titles, row, record.title);
  take(items.brands, row, record.brand);
  take(items.descriptions, row, record.description);
  if (!items.prices.empty()) record.price = items.prices[row];
  if (!items.category_begins.empty()) {
    record.categories.clear();
    for (std::uint64_t i = items.category_begins[row]; i < items.category_begins[row + 1]; ++i) {
      record.categories.emplace_back(items.categories[i]);
    }
  }
  take(items.attributes, row, "items.attributes", record.attributes);
}

void take(const UserColumns& users, std::size_t row, UserRecord& record) {
  take(users.names, row, record.name);
  take(users.attributes, row, "users.attributes", record.attributes);
}

// The last row of each key of a table.
std::unordered_map<std::string, std::size_t> rows_by_key(const TextsView& keys) {
  std::unordered_map<std::string, std::size_t> rows;
  for (std::size_t row = 0; row < keys.size(); ++row) rows.insert_or_assign(std::string(keys[row]), row);
  return rows;
}

// Puts what a corpus knows of `count` items or users, with what the table says of them, then the rest of the table.
template <typename Record, typename Columns, typename Known, typename Put>
void put_records(const Columns& columns, std::size_t count, const Known& known, const Put& put) {
  auto rows = rows_by_key(columns.keys);
  for (std::size_t i = 0; i < count; ++i) {
    Record record = known(i);
    if (const auto found = rows.find(record.key); found != rows.end()) {
      take(columns, found->second, record);
      rows.erase(found);
    }
    put(record);
  }
  for (std::size_t row = 0; row < columns.keys.size(); ++row) {
    Record record{.key = std::string(columns.keys[row])};
    if (count > 0 && !rows.contains(record.key)) continue;
    take(columns, row, record);
    put(record);
  }
}

// Calls `put` for every row, and tells the builder how far it is.
template <typename Put>
void put_rows(std::size_t rows, CorpusBuilder& builder, const Put& put) {
  for (std::size_t begin = 0; begin < rows; begin += kRowsPerBlock) {
    const std::size_t end = std::min(rows, begin + kRowsPerBlock);
    for (std::size_t row = begin; row < end; ++row) put(row);
    builder.progress(0, end - begin);
  }
}

// Of a corpus that grows: those under which its events stay as they are.
ImportOptions options_of(const TableImportRequest& request, const Corpus* before) {
  ImportOptions options;
  if (before == nullptr) {
    OptionTable table;
    options.bind_cleaning(table);
    set_options(request.settings, table);
    if (options.name.empty()) options.name = "table";
    return options;
  }
  if (!request.settings.empty()) {
    throw usage_error(
        "a corpus that grows is not cleaned anew",
        {.where = request.settings.front().key, .expected = "no settings", .got = "onto " + request.onto});
  }
  options.cleaning = cleaning_of(*before);
  options.name = before->info().name;
  return options;
}

}  // namespace

StageReport import_table(const TableImportRequest& request) {
  const auto start = std::chrono::steady_clock::now();
  check(request.events);
  check(request.items);
  check(request.users);
  const auto before = request.onto.empty() ? nullptr : Corpus::open(request.onto);
  if (before && request.events.times_ms.empty() &&
      std::ranges::any_of(before->times(), [](std::int64_t time) { return time != kNoTime; })) {
    throw usage_error("a column is missing", {.where = "events.times_ms", .expected = "times, as the corpus has them"});
  }
  const ImportOptions options = options_of(request, before.get());
  CorpusBuilder builder(request.out, options.name, "table", options.cleaning, options.force);
  builder.heed(request.stop);
  before ? builder.keys_are(before->info().user_keys, before->info().item_keys)
         : builder.keys_are(request.user_keys, request.item_keys);
  if (before || request.events.times_ms.empty()) builder.keep_file_order();
  builder.begin_file("items");
  put_records<ItemRecord>(
      request.items, before ? before->item_count() : 0,
      [&](std::size_t item) { return item_record(*before, static_cast<ItemId>(item)); },
      [&](ItemRecord& record) { builder.item(record); });
  builder.begin_file("users");
  put_records<UserRecord>(
      request.users, before ? before->user_count() : 0,
      [&](std::size_t user) { return user_record(*before, static_cast<UserId>(user)); },
      [&](UserRecord& record) { builder.user(record); });
  builder.begin_file("events");
  put_rows(before ? before->interaction_count() : 0, builder, [&](std::size_t event) {
    Interaction record = event_record(*before, event);
    builder.interaction(record);
  });
  put_rows(request.events.users.size(), builder, [&](std::size_t row) {
    Interaction record = event_at(request.events, row);
    builder.interaction(record);
  });
  IngestReport report = builder.finish();
  report.format = "table";
  for (const std::string& warning : warnings_of(report)) log_warning(warning);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return {.json = to_json(report, request.out), .text = to_table(report, request.out) + "\n" + next_step(request.out)};
}

}  // namespace p5
