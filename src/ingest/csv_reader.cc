#include "ingest/csv_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "ingest/column_roles.h"
#include "ingest/json_table.h"
#include "ingest/reader_choices.h"
#include "p5/error.h"
#include "records/input_files.h"
#include "records/table_columns.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kNoColumn = InteractionColumns::kNoColumn;

bool is_table(const fs::path& path) {
  return has_extension(path, {".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".psv"});
}

bool is_json(const fs::path& path, std::string_view first_line) {
  return has_extension(path, {".jsonl", ".ndjson", ".json"}) || first_line.starts_with('{');
}

DelimitedOptions delimited_options(const fs::path& path, std::string_view first_line, const ReaderOptions& options) {
  DelimitedOptions delimited;
  std::optional<char> separator = separator_of(options);
  if (!separator) separator = has_extension(path, {".tsv"}) ? '\t' : likely_separator(first_line);
  delimited.separator = separator.value_or(',');
  delimited.quotes = quotes_of(options).value_or(delimited.separator == '\t' ? QuoteMode::kNone : QuoteMode::kRfc4180);
  delimited.encoding = encoding_of(options).value_or(TextEncoding::kUtf8);
  return delimited;
}

class Table {
 public:
  Table(std::unique_ptr<LineSource> lines, const DelimitedOptions& delimited, const ReaderOptions& options,
        RecordSink& sink)
      : options_(options),
        delimited_(delimited),
        table_(std::move(lines), delimited),
        sink_(sink),
        pending_(table_.next(row_)) {
    if (!pending_) return;
    for (std::size_t i = 0; i < row_.size(); ++i) {
      columns_.push_back(options.header ? parse_column(row_[i]) : Column{.name = fmt::format("column_{}", i + 1)});
    }
    pending_ = !options.header;
    wrong_count_ =
        fmt::format("columns: expected {} separated by {}", columns_.size(), separator_name(delimited_.separator));
  }

  void read_interactions() {
    if (columns_.empty()) return;  // an empty file
    const auto roles = role_names_of(options_);
    const auto index = [&](Role role) { return place_of(roles[static_cast<std::size_t>(role)], role); };
    const InteractionColumns columns{.user = index(Role::kUser),
                                     .item = index(Role::kItem),
                                     .rating = index(Role::kRating),
                                     .time = index(Role::kTime),
                                     .event = index(Role::kEvent),
                                     .review = index(Role::kReview),
                                     .headline = index(Role::kHeadline),
                                     .unit = time_unit_of(options_)};
    Interaction record;
    while (next_row()) {
      const std::string reason = take_interaction(row_, columns_, columns, record);
      if (reason.empty()) {
        sink_.interaction(record);
      } else {
        table_.bad(reason, row_[0]);
      }
    }
  }

  void read_items() {
    if (columns_.empty()) return;
    const RoleNames role = role_names_of(options_)[static_cast<std::size_t>(Role::kItem)];
    // In an item table, the key is the first column.
    const std::size_t key = !options_.header && role.by_default ? 0 : place_of(role, Role::kItem);
    while (next_row()) take_item(key);
  }

 private:
  // A column's index by name, by number from 1, or, without a header and by default, its usual index.
  std::size_t place_of(const RoleNames& role, Role which) const {
    if (role.names.empty()) return kNoColumn;
    if (!options_.header && role.by_default) {
      const auto index = static_cast<std::size_t>(which);
      if (index < columns_.size()) return index;
    }
    for (const auto& name : role.names) {
      for (std::size_t i = 0; i < columns_.size() && options_.header; ++i) {
        if (columns_[i].name == name) return i;
      }
      const auto number = parse_integer(name);
      if (number && *number >= 1 && *number <= static_cast<std::int64_t>(columns_.size())) {
        return static_cast<std::size_t>(*number - 1);
      }
    }
    if (!role.required) return kNoColumn;
    throw missing_column(role);
  }

  Error missing_column(const RoleNames& role) const {
    std::vector<std::string> names;
    for (const auto& column : columns_) names.push_back(printable(column.name));
    const auto nearest = nearest_name(role.names[0], names);
    const std::string line = options_.header ? fmt::format("{}", fmt::join(names, ", ")) : "no header";
    return data_error("a column is missing", {.where = table_.file() + ":1",
                                              .expected = fmt::format("'{}' ({})", role.names[0], role.option),
                                              .got = fmt::format("{} columns separated by {} ({}){}", columns_.size(),
                                                                 separator_name(delimited_.separator), printable(line),
                                                                 nearest ? "; did you mean '" + *nearest + "'?" : "")});
  }

  bool next_row() {
    while (pending_ || table_.next(row_)) {
      pending_ = false;
      if (row_.size() == columns_.size()) return true;
      table_.bad(wrong_count_, std::to_string(row_.size()));
    }
    return false;
  }

  void take_item(std::size_t key) {
    ItemRecord item;
    item.key = row_[key];
    std::string reason = item.key.empty() ? columns_[key].name + ": expected a text" : "";
    for (std::size_t i = 0; i < columns_.size() && reason.empty(); ++i) {
      if (i != key) reason = set_item_cell(columns_[i], row_[i], item);
    }
    if (reason.empty()) {
      sink_.item(item);
    } else {
      table_.bad(reason, row_[key]);
    }
  }

  const ReaderOptions& options_;
  DelimitedOptions delimited_;
  DelimitedSource table_;
  RecordSink& sink_;
  std::vector<std::string_view> row_;
  bool pending_;  // row_ is a first row of data
  std::vector<Column> columns_;
  std::string wrong_count_;
};

enum class TableOf { kItems, kInteractions };

void read_table(const fs::path& path, TableOf what, const ReaderOptions& options, RecordSink& sink) {
  auto lines = std::make_unique<LineSource>(path, sink);
  const std::string_view first = lines->first_line();
  if (is_json(path, first)) {
    what == TableOf::kItems ? read_json_items(*lines, options, sink) : read_json_interactions(*lines, options, sink);
    return;
  }
  const DelimitedOptions delimited = delimited_options(path, first, options);
  Table table(std::move(lines), delimited, options, sink);
  what == TableOf::kItems ? table.read_items() : table.read_interactions();
}

}  // namespace

bool CsvReader::recognizes(const std::vector<fs::path>& inputs) const {
  return !matching_files(inputs, is_table).empty();
}

void CsvReader::read(const std::vector<fs::path>& inputs, RecordSink& sink) const {
  const std::vector<fs::path> item_tables(options_.item_files.begin(), options_.item_files.end());
  for (const auto& path : expand_inputs(item_tables, is_table, "*.csv, *.tsv or *.jsonl")) {
    read_table(path, TableOf::kItems, options_, sink);
  }
  for (const auto& path : expand_inputs(inputs, is_table, "*.csv, *.tsv or *.jsonl")) {
    if (std::find(item_tables.begin(), item_tables.end(), path) != item_tables.end()) continue;
    read_table(path, TableOf::kInteractions, options_, sink);
  }
}

}  // namespace p5
