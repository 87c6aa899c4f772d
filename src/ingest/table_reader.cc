#include "ingest/table_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/logger.h"
#include "ingest/reader_choices.h"
#include "p5/error.h"
#include "records/table_sniffer.h"

namespace p5 {
namespace {

constexpr std::size_t kNoColumn = InteractionColumns::kNoColumn;
constexpr std::size_t kSampled = 500;                   // records that tell how times are written
constexpr double kLeastTime = 1e8, kMostRating = 1000;  // of columns that nobody named

std::vector<std::vector<std::string>> sample_of(LineSource& lines, const DelimitedOptions& delimited) {
  return first_records(lines.head(), delimited, kSampled);
}

}  // namespace

TableReader::TableReader(std::unique_ptr<LineSource> lines, const DelimitedOptions& delimited, Header header,
                         const ReaderOptions& options, RecordSink& sink)
    : options_(options),
      delimited_(delimited),
      header_(header),
      sample_(sample_of(*lines, delimited)),
      table_(std::make_unique<DelimitedSource>(std::move(lines), delimited)),
      sink_(sink) {
  read_header();
  if (delimited.encoding == TextEncoding::kUtf8OrCp1252 && !columns_.empty()) {
    sink_.note(table_->file() + ": not UTF-8, so read as Windows-1252 (another: --encoding)");
  }
}

TableReader::TableReader(std::unique_ptr<RowSource> rows, std::vector<std::vector<std::string>> sample,
                         const ReaderOptions& options, RecordSink& sink)
    : options_(options), header_(Header::kNames), sample_(std::move(sample)), table_(std::move(rows)), sink_(sink) {
  read_header();
}

// " separated by comma"; nothing where no signs separate columns.
std::string TableReader::separated() const {
  return delimited_ ? " separated by " + separator_name(delimited_->separator) : std::string();
}

// " (... try --separator comma)" when the text contains another separator, else nothing.
std::string TableReader::suggestion(std::string_view text) const {
  const auto found = delimited_ ? likely_separator(text) : std::nullopt;
  if (!found || *found == delimited_->separator) return {};
  return fmt::format(" (it holds {} times '{}': try import.separator={})", std::count(text.begin(), text.end(), *found),
                     *found == '\t' ? "\\t" : std::string(1, *found), separator_name(*found));
}

void TableReader::read_header() {
  const bool typed = header_ == Header::kTypedNames;
  pending_ = table_->next(row_);
  if (!pending_ && typed) {
    throw data_error("the file has no header", {.where = table_->file(), .expected = "name:type columns"});
  }
  if (!pending_) return;
  for (std::size_t i = 0; i < row_.size(); ++i) {
    columns_.push_back(header_ == Header::kNone ? Column{.name = fmt::format("column {}", i + 1)}
                                                : parse_column(row_[i]));
    if (!typed || (columns_.back().typed && columns_.back().name.find(':') == std::string::npos)) continue;
    throw data_error("bad header", {.where = fmt::format("{}:1, column {}", table_->file(), i + 1),
                                    .expected = "name:type, the type one of token, token_seq, float, float_seq, "
                                                "columns" +
                                                separated(),
                                    .got = "'" + printable(row_[i]) + "'" + suggestion(row_[i])});
  }
  pending_ = header_ == Header::kNone;
  wrong_count_ = fmt::format("columns: expected {}{}", columns_.size(), separated());
}

TableHolds TableReader::holds() const {
  if (header_ == Header::kNone || columns_.empty()) return TableHolds::kInteractions;
  const auto roles = role_names_of(options_);
  const auto has = [&](Role role) {
    return find_column(roles[static_cast<std::size_t>(role)], columns_, true).has_value();
  };
  const bool user = has(Role::kUser), item = has(Role::kItem);
  if (user && item) return TableHolds::kInteractions;
  if (!user && !item) return TableHolds::kNothing;
  const TableNames names = table_names_of(options_);
  const bool describes = std::any_of(columns_.begin(), columns_.end(), [&](const Column& column) {
    return item ? item_field_of(column.name, names) != ItemField::kAttribute : is_user_name(column.name, names);
  });
  // A rating or a time is of an event whose other key has a name that is not known.
  if (!describes && (has(Role::kRating) || has(Role::kTime))) return TableHolds::kInteractions;
  return item ? TableHolds::kItems : TableHolds::kUsers;
}

Error TableReader::missing_column(const RoleNames& role) const {
  std::vector<std::string> names;
  for (const auto& column : columns_) names.push_back(printable(column.name));
  const auto nearest = nearest_name(role.names[0], names);
  const std::string line = header_ != Header::kNone ? fmt::format("{}", fmt::join(names, ", ")) : "no header";
  return data_error("a column is missing",
                    {.where = table_->file() + ":1",
                     .expected = fmt::format("a column '{}', or another one named by {}", role.names[0], role.flag),
                     .got = fmt::format("{} columns{} ({}){}", columns_.size(), separated(), printable(line),
                                        nearest ? "; did you mean '" + *nearest + "'?" : "")});
}

std::size_t TableReader::require(const RoleNames& role) const {
  const auto found = find_column(role, columns_, header_ != Header::kNone);
  if (found) return *found;
  const auto number = parse_integer(role.names[0]);
  if (!number) throw missing_column(role);
  throw data_error("no such column", {.where = table_->file() + ":1",
                                      .expected = fmt::format("{} of 1 to {}", role.flag, columns_.size()),
                                      .got = role.names[0]});
}

// Without a header, and where nobody named a column by its number: user, item, and of the next two what looks like a
// rating and a time.
void TableReader::guess_columns(InteractionColumns& columns) const {
  if (columns_.size() < 2) throw missing_column(role_names_of(options_)[static_cast<std::size_t>(Role::kItem)]);
  columns.user = 0;
  columns.item = 1;
  for (const std::size_t column : {std::size_t{2}, std::size_t{3}}) {
    if (column >= columns_.size()) break;
    std::size_t ratings = 0, times = 0, filled = 0;
    for (const auto& row : sample_) {
      if (column >= row.size() || trimmed(row[column]).empty()) continue;
      ++filled;
      const auto number = parse_number(trimmed(row[column]));
      ratings += number && std::abs(*number) <= kMostRating ? 1 : 0;
      times += (number ? *number >= kLeastTime || options_.time_unit != "auto"
                       : parse_time(row[column], TimeUnit::kAuto).has_value())
                   ? 1
                   : 0;
    }
    if (filled == 0) continue;
    if (2 * ratings > filled && columns.rating == kNoColumn && column == 2) {
      columns.rating = column;
    } else if (2 * times > filled && columns.time == kNoColumn) {
      columns.time = column;
    }
  }
}

TimeFormat TableReader::time_format_of(std::size_t column) const {
  if (!options_.time_format.empty()) return TimeFormat::of_pattern(options_.time_format);
  if (options_.time_unit != "auto" || column == kNoColumn) return TimeFormat(time_unit_of(options_));
  std::vector<std::string_view> cells;
  for (std::size_t i = header_ == Header::kNone ? 0 : 1; i < sample_.size(); ++i) {
    if (column < sample_[i].size()) cells.emplace_back(sample_[i][column]);
  }
  return TimeFormat::found_in(cells);
}

InteractionColumns TableReader::interaction_columns() {
  const auto roles = role_names_of(options_);
  InteractionColumns columns;
  if (header_ == Header::kNone && !options_.names_columns()) {
    guess_columns(columns);
  } else {
    const auto index = [&](Role which) {
      const RoleNames& role = roles[static_cast<std::size_t>(which)];
      if (role.names.empty()) return kNoColumn;
      // Without names, only a column that somebody gave a number has a role; user and item are the first two.
      if (header_ == Header::kNone && role.by_default) {
        return which == Role::kUser ? 0 : which == Role::kItem ? std::size_t{1} : kNoColumn;
      }
      if (role.required) return require(role);
      return find_column(role, columns_, header_ != Header::kNone).value_or(kNoColumn);
    };
    columns = {.user = index(Role::kUser),
               .item = index(Role::kItem),
               .rating = index(Role::kRating),
               .time = index(Role::kTime),
               .event = index(Role::kEvent),
               .review = index(Role::kReview),
               .headline = index(Role::kHeadline)};
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!columns.uses(i) && plain_name(columns_[i].name) == plain_name(columns_[columns.item].name) + "list") {
      columns.earlier = i;
    }
  }
  columns.time_format = time_format_of(columns.time);
  return columns;
}

void TableReader::report_interactions(const InteractionColumns& columns) {
  const std::pair<std::string_view, std::size_t> roles[] = {
      {"user", columns.user},         {"item", columns.item},
      {"rating", columns.rating},     {"time", columns.time},
      {"event type", columns.event},  {"review", columns.review},
      {"headline", columns.headline}, {"earlier items", columns.earlier}};
  ColumnUse use;
  for (const auto& [role, column] : roles) {
    if (column != kNoColumn) use.roles.emplace_back(role, columns_[column].name);
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!columns.uses(i)) use.attributes.push_back(columns_[i].name);
  }
  sink_.use_columns(use);
  if (columns.time == kNoColumn) {
    sink_.note(
        fmt::format("{}: no time column, so the order of the file is the order of events (--time-column names one)",
                    table_->file()));
  }
}

void TableReader::report_table(const RoleNames& role, std::size_t key) {
  ColumnUse use;
  use.roles.emplace_back("key", columns_[key].name);
  const TableNames names = table_names_of(options_);
  const bool users = role.flag == std::string_view("--user-key-column");
  static constexpr const char* kFields[] = {"title", "brand", "description", "price", "category"};
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (i == key) continue;
    const ItemField field = users ? ItemField::kAttribute : item_field_of(columns_[i].name, names);
    if (users && is_user_name(columns_[i].name, names)) {
      use.roles.emplace_back("name", columns_[i].name);
    } else if (field == ItemField::kAttribute) {
      use.attributes.push_back(columns_[i].name);
    } else {
      use.roles.emplace_back(kFields[static_cast<std::size_t>(field)], columns_[i].name);
    }
  }
  sink_.use_columns(use);
  const std::pair<std::string_view, const std::string*> chosen[] = {{"--title-column", &names.title},
                                                                    {"--brand-column", &names.brand},
                                                                    {"--description-column", &names.description},
                                                                    {"--price-column", &names.price},
                                                                    {"--category-column", &names.category}};
  for (const auto& [flag, name] : chosen) {
    if (users || name->empty()) continue;
    const RoleNames wanted{.option = flag, .flag = flag, .role = "", .names = {*name}};
    if (!find_column(wanted, columns_, true)) throw missing_column(wanted);
  }
}

void TableReader::read_interactions() {
  if (columns_.empty()) return;  // an empty file
  const InteractionColumns columns = interaction_columns();
  report_interactions(columns);
  Interaction record;
  while (next_row()) take_row(columns, record);
  warn_of_quotes();
}

void TableReader::take_row(const InteractionColumns& columns, Interaction& record) {
  if (const BadCell wrong = take_interaction(row_, columns_, columns, record); wrong.bad()) {
    return table_->bad(wrong.reason, wrong.got);
  }
  if (columns.earlier == kNoColumn) return sink_.interaction(record);
  take_list(columns, record);
}

// A row of earlier items and the next one. Rows of one user overlap where a file holds a row for every event.
void TableReader::take_list(const InteractionColumns& columns, Interaction& record) {
  const std::string_view cell = trimmed(row_[columns.earlier]);
  std::vector<std::string> items = cell.starts_with('[') ? texts_of(cell) : split_words(cell, ' ');
  items.push_back(record.item);
  const std::string user = record.user;
  items = continue_sequence(sequences_[user], std::move(items));
  sink_.earlier(true);
  for (std::size_t i = 0; i + 1 < items.size(); ++i) {
    Interaction before{.user = user, .item = items[i]};
    sink_.interaction(before);
  }
  sink_.earlier(false);
  if (!items.empty()) sink_.interaction(record);
}

void TableReader::read_items() {
  if (columns_.empty()) return;
  const RoleNames role = item_key_names_of(options_);
  const bool numbered = parse_integer(role.names[0]).has_value();
  const std::size_t key = header_ == Header::kNone && !numbered ? 0 : require(role);
  report_table(role, key);
  const TableNames names = table_names_of(options_);
  std::vector<ItemField> fields;
  for (const Column& column : columns_) fields.push_back(item_field_of(column.name, names));
  while (next_row()) {
    ItemRecord item;
    item.key = trimmed(row_[key]);
    std::string reason = item.key.empty() ? columns_[key].name + ": expected a text" : "";
    std::string_view got;
    for (std::size_t i = 0; i < columns_.size() && reason.empty(); ++i) {
      if (i == key) continue;
      reason = set_item_cell(columns_[i], fields[i], row_[i], item);
      got = row_[i];
    }
    reason.empty() ? sink_.item(item) : table_->bad(reason, got);
  }
  warn_of_quotes();
}

void TableReader::read_users() {
  if (columns_.empty()) return;
  const RoleNames role = user_key_names_of(options_);
  const std::size_t key = require(role);
  report_table(role, key);
  const TableNames names = table_names_of(options_);
  std::vector<bool> is_name;
  for (const Column& column : columns_) is_name.push_back(is_user_name(column.name, names));
  while (next_row()) {
    UserRecord user;
    user.key = trimmed(row_[key]);
    std::string reason = user.key.empty() ? columns_[key].name + ": expected a text" : "";
    std::string_view got;
    for (std::size_t i = 0; i < columns_.size() && reason.empty(); ++i) {
      if (i == key) continue;
      reason = set_user_cell(columns_[i], is_name[i], row_[i], user);
      got = row_[i];
    }
    reason.empty() ? sink_.user(user) : table_->bad(reason, got);
  }
  warn_of_quotes();
}

bool TableReader::next_row() {
  while (pending_ || table_->next(row_)) {
    pending_ = false;
    if (row_.size() == columns_.size()) return true;
    table_->bad(wrong_count_, fmt::format("{}{}", row_.size(), row_.size() == 1 ? suggestion(row_[0]) : ""));
  }
  return false;
}

void TableReader::warn_of_quotes() const {
  if (table_->joined_lines() == 0 || !delimited_ || delimited_->quotes != QuoteMode::kPandas) return;
  log_warning(
      fmt::format("{}: quotes joined {} lines to the lines before them, as pandas does; with "
                  "import.quote=none every line is a row",
                  table_->file(), table_->joined_lines()));
}

std::vector<std::string> continue_sequence(std::vector<std::string>& sequence, std::vector<std::string> row) {
  std::size_t common = std::min(sequence.size(), row.size());
  while (common > 0 && !std::equal(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(common),
                                   sequence.end() - static_cast<std::ptrdiff_t>(common))) {
    --common;
  }
  row.erase(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(common));
  sequence.insert(sequence.end(), row.begin(), row.end());
  return row;
}

}  // namespace p5
