#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>

#include "base/logger.h"
#include "corpus/attribute_json.h"
#include "ingest/corpus_builder.h"
#include "p5/corpus_table.h"
#include "p5/error.h"
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

Interaction event_at(const EventColumns& events, std::size_t row) {
  return {.user = std::string(events.users[row]),
          .item = std::string(events.items[row]),
          .rating = events.ratings.empty() ? kNoRating : static_cast<float>(events.ratings[row]),
          .time_ms = events.times_ms.empty() ? kNoTime : events.times_ms[row],
          .event = text_at(events.types, row),
          .review = text_at(events.reviews, row),
          .headline = text_at(events.headlines, row)};
}

ItemRecord item_at(const ItemColumns& items, std::size_t row) {
  ItemRecord record{.key = std::string(items.keys[row]),
                    .title = text_at(items.titles, row),
                    .brand = text_at(items.brands, row),
                    .description = text_at(items.descriptions, row)};
  if (!items.prices.empty()) record.price = items.prices[row];
  if (!items.category_begins.empty()) {
    for (std::uint64_t i = items.category_begins[row]; i < items.category_begins[row + 1]; ++i) {
      record.categories.emplace_back(items.categories[i]);
    }
  }
  if (const std::string json = text_at(items.attributes, row); !json.empty()) {
    record.attributes = decode_attributes(json, fmt::format("items.attributes[{}]", row));
  }
  return record;
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

}  // namespace

StageReport import_table(const TableImportRequest& request) {
  const auto start = std::chrono::steady_clock::now();
  check(request.events);
  check(request.items);
  ImportOptions options;
  OptionTable table;
  options.bind_cleaning(table);
  set_options(request.settings, table);
  CorpusBuilder builder(request.out, options.name.empty() ? "table" : options.name, "table", options.cleaning,
                        options.force);
  builder.heed(request.stop);
  builder.keys_are(request.user_keys, request.item_keys);
  if (request.events.times_ms.empty()) builder.keep_file_order();
  builder.begin_file("items");
  put_rows(request.items.keys.size(), builder, [&](std::size_t row) {
    ItemRecord record = item_at(request.items, row);
    builder.item(record);
  });
  builder.begin_file("events");
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
