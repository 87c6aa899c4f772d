#include "ingest/recbole_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "base/logger.h"
#include "ingest/reader_choices.h"
#include "p5/error.h"
#include "records/input_files.h"
#include "records/table_columns.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

bool is_atomic_file(const fs::path& path) { return has_extension(path, {".inter", ".item", ".user"}); }

// The option, unless it still has the default of the csv format, whose names differ.
std::string name_or(const std::string& option, std::string_view csv_default, std::string_view own) {
  return option == csv_default ? std::string(own) : option;
}

class AtomicFile {
 public:
  AtomicFile(const fs::path& path, const ReaderOptions& options, RecordSink& sink)
      : options_(options),
        delimited_{.separator = separator_of(options).value_or('\t'),
                   .quotes = quotes_of(options).value_or(QuoteMode::kPandas),
                   .encoding = encoding_of(options).value_or(TextEncoding::kUtf8)},
        table_(path, delimited_, sink),
        sink_(sink) {
    read_header();
  }

  void read_interactions() {
    const InteractionColumns columns = interaction_columns();
    Interaction record;
    while (next_row()) {
      const std::string reason = take_interaction(row_, columns_, columns, record);
      if (reason.empty()) {
        sink_.interaction(record);
      } else {
        table_.bad(reason, row_[0]);
      }
    }
    warn_of_quotes();
  }

  void read_items() {
    const std::size_t key = require(name_or(options_.item_column, "item", "item_id"));
    while (next_row()) {
      ItemRecord item;
      item.key = row_[key];
      if (fill(key, item, set_item_cell)) sink_.item(item);
    }
    warn_of_quotes();
  }

  void read_users() {
    const std::size_t key = require(name_or(options_.user_column, "user", "user_id"));
    while (next_row()) {
      UserRecord user;
      user.key = row_[key];
      if (fill(key, user, set_user_cell)) sink_.user(user);
    }
    warn_of_quotes();
  }

 private:
  std::string where(std::size_t column) const { return fmt::format("{}:1, column {}", table_.file(), column + 1); }

  // " (... try import.separator=comma)" when the text contains another separator, else nothing.
  std::string suggestion(std::string_view text) const {
    const auto found = likely_separator(text);
    if (!found || *found == delimited_.separator) return {};
    return fmt::format(" (it holds {} times '{}': try import.separator={})",
                       std::count(text.begin(), text.end(), *found), *found == '\t' ? "\\t" : std::string(1, *found),
                       separator_name(*found));
  }

  void read_header() {
    if (!table_.next(row_)) {
      throw data_error("the file has no header", {.where = table_.file(), .expected = "name:type columns"});
    }
    for (std::size_t i = 0; i < row_.size(); ++i) {
      columns_.push_back(parse_column(row_[i]));
      if (!columns_.back().typed || columns_.back().name.find(':') != std::string::npos) {
        throw data_error("bad header", {.where = where(i),
                                        .expected = "name:type, the type one of token, token_seq, float, float_seq, "
                                                    "columns separated by " +
                                                    separator_name(delimited_.separator),
                                        .got = "'" + printable(row_[i]) + "'" + suggestion(row_[i])});
      }
    }
    wrong_count_ =
        fmt::format("columns: expected {} separated by {}", columns_.size(), separator_name(delimited_.separator));
  }

  std::size_t find(std::initializer_list<std::string_view> names) const {
    for (const auto name : names) {
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i].name == name) return i;
      }
    }
    return InteractionColumns::kNoColumn;
  }

  std::size_t require(const std::string& name) const {
    const std::size_t index = find({name});
    if (index != InteractionColumns::kNoColumn) return index;
    std::string names;
    for (const auto& column : columns_) names.append(names.empty() ? "" : ", ").append(column.name);
    throw data_error(
        "a column is missing",
        {.where = table_.file() + ":1", .expected = "'" + name + "'", .got = "the columns " + printable(names)});
  }

  std::size_t find_option(const std::string& option, std::initializer_list<std::string_view> usual) const {
    return option.empty() ? find(usual) : require(option);
  }

  InteractionColumns interaction_columns() const {
    return {.user = require(name_or(options_.user_column, "user", "user_id")),
            .item = require(name_or(options_.item_column, "item", "item_id")),
            .rating = options_.rating_column == "rating" ? find({"rating"}) : require(options_.rating_column),
            .time = options_.time_column == "timestamp" ? find({"timestamp"}) : require(options_.time_column),
            .event = find_option(options_.event_column, {"event", "event_type", "behavior", "behavior_type"}),
            .review = find_option(options_.review_column, {"review", "review_text"}),
            .headline = find_option(options_.headline_column, {"headline", "summary"}),
            .unit = time_unit_of(options_)};
  }

  bool next_row() {
    while (table_.next(row_)) {
      if (row_.size() == columns_.size()) return true;
      table_.bad(wrong_count_, fmt::format("{}{}", row_.size(), suggestion(row_[0])));
    }
    return false;
  }

  // All cells except the key's. False when the row was reported as bad.
  template <typename Record, typename SetCell>
  bool fill(std::size_t key, Record& record, SetCell set_cell) {
    if (record.key.empty()) {
      table_.bad(columns_[key].name + ": expected a text", "");
      return false;
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i == key) continue;
      const std::string reason = set_cell(columns_[i], row_[i], record);
      if (reason.empty()) continue;
      table_.bad(reason, row_[i]);
      return false;
    }
    return true;
  }

  void warn_of_quotes() const {
    if (table_.joined_lines() == 0) return;
    log_warning(
        fmt::format("{}: quotes joined {} lines to the lines before them, as pandas does; with "
                    "import.quote=none every line is a row",
                    table_.file(), table_.joined_lines()));
  }

  const ReaderOptions& options_;
  DelimitedOptions delimited_;
  DelimitedSource table_;
  RecordSink& sink_;
  std::vector<Column> columns_;
  std::vector<std::string_view> row_;
  std::string wrong_count_;
};

bool looks_like_recbole(const fs::path& path) {
  if (is_atomic_file(path)) return true;
  const auto lines = first_lines(path, 1);
  return !lines.empty() && lines[0].find("user_id:token") != std::string::npos;
}

}  // namespace

bool RecBoleReader::recognizes(const std::vector<fs::path>& inputs) const {
  return !matching_files(inputs, looks_like_recbole).empty();
}

void RecBoleReader::read(const std::vector<fs::path>& inputs, RecordSink& sink) const {
  for (const auto& path : expand_inputs(inputs, is_atomic_file, "NAME.inter, NAME.item or NAME.user")) {
    if (has_extension(path, {".item"})) {
      AtomicFile(path, options_, sink).read_items();
    } else if (has_extension(path, {".user"})) {
      AtomicFile(path, options_, sink).read_users();
    } else if (has_extension(path, {".kg", ".link", ".net"})) {
      throw usage_error("files of knowledge graphs and networks are not read",
                        {.where = path.string(), .expected = "NAME.inter, NAME.item or NAME.user"});
    } else {
      AtomicFile(path, options_, sink).read_interactions();
    }
  }
}

}  // namespace p5
