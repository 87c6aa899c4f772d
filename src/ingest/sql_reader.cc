#include "ingest/sql_reader.h"

#include <algorithm>
#include <iterator>
#include <memory>

#include "base/utf8.h"
#include "ingest/csv_reader.h"
#include "ingest/table_reader.h"
#include "p5/error.h"
#include "records/text_encoding.h"
#include "sql/sql_rows.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kSampledRows = 500;
constexpr std::uint64_t kRowsPerReport = 10'000;

// Rows of a query as a table whose first row has the names.
class SqlTable final : public RowSource {
 public:
  SqlTable(const SqlAddress& address, RecordSink& sink)
      : rows_(open_sql_rows(address)), shown_(address.shown), sink_(sink) {
    sink_.begin_file(shown_);
    SqlRows::Row names;
    for (const std::string& name : rows_->columns()) names.emplace_back(name);
    first_.push_back(std::move(names));
    for (SqlRows::Row row; first_.size() <= kSampledRows && rows_->next(row);) first_.push_back(std::move(row));
  }

  std::vector<std::vector<std::string>> sample() const {
    std::vector<std::vector<std::string>> texts;
    for (const SqlRows::Row& row : first_) {
      auto& cells = texts.emplace_back();
      for (const auto& cell : row) cells.push_back(cell.value_or(""));
    }
    return texts;
  }

  bool next(std::vector<std::string_view>& fields) override {
    while (advance()) {
      fields.clear();
      for (const auto& cell : row_) fields.push_back(cell ? std::string_view(*cell) : std::string_view());
      const auto wrong =
          std::find_if_not(fields.begin(), fields.end(), [](std::string_view text) { return is_utf8(text); });
      if (wrong == fields.end()) return true;
      bad("text: expected UTF-8", *wrong);
    }
    sink_.progress(bytes_, reported_);
    bytes_ = reported_ = 0;
    return false;
  }
  const std::string& file() const override { return shown_; }
  std::uint64_t line_number() const override { return number_; }
  void bad(std::string_view reason, std::string_view got) override {
    sink_.bad_line(shown_, number_, reason, printable(got));
  }

 private:
  bool advance() {
    if (number_ < first_.size()) {
      row_ = std::move(first_[number_]);
    } else if (!rows_->next(row_)) {
      return false;
    }
    ++number_;
    for (const auto& cell : row_) bytes_ += cell ? cell->size() : 0;
    if (++reported_ == kRowsPerReport) {
      sink_.progress(bytes_, reported_);
      bytes_ = reported_ = 0;
    }
    return true;
  }

  std::unique_ptr<SqlRows> rows_;
  std::string shown_;
  RecordSink& sink_;
  std::vector<SqlRows::Row> first_;  // those that were looked at
  SqlRows::Row row_;
  std::uint64_t number_ = 0, bytes_ = 0, reported_ = 0;
};

enum class SqlHolds { kAnything, kItems, kUsers };

void read_rows(const SqlAddress& address, SqlHolds given, const ReaderOptions& options, RecordSink& sink) {
  auto rows = std::make_unique<SqlTable>(address, sink);
  auto sample = rows->sample();
  TableReader table(std::move(rows), std::move(sample), options, sink);
  const TableHolds holds = given == SqlHolds::kItems   ? TableHolds::kItems
                           : given == SqlHolds::kUsers ? TableHolds::kUsers
                                                       : table.holds();
  if (holds == TableHolds::kItems) return table.read_items();
  if (holds == TableHolds::kUsers) return table.read_users();
  table.read_interactions();
}

std::vector<std::string> addresses_of(const std::vector<std::string>& texts, bool wanted) {
  std::vector<std::string> found;
  std::copy_if(texts.begin(), texts.end(), std::back_inserter(found),
               [wanted](const std::string& text) { return is_sql_address(text) == wanted; });
  return found;
}

}  // namespace

bool SqlReader::recognizes(const std::vector<fs::path>& inputs) const { return names_a_database(options_, inputs); }

void SqlReader::read(const std::vector<fs::path>& inputs, RecordSink& sink) const {
  ReaderOptions of_files = options_;
  of_files.item_files = addresses_of(options_.item_files, false);
  of_files.user_files = addresses_of(options_.user_files, false);
  CsvReader(of_files).read({}, sink);
  const auto read_tables = [&](const std::vector<std::string>& addresses, SqlHolds holds) {
    for (const std::string& address : addresses) read_rows(parse_sql_address(address), holds, options_, sink);
  };
  read_tables(addresses_of(options_.item_files, true), SqlHolds::kItems);
  read_tables(addresses_of(options_.user_files, true), SqlHolds::kUsers);
  for (const fs::path& input : inputs) {
    if (!is_sql_address(input.string())) {
      throw usage_error(
          "databases and files cannot be mixed among the inputs",
          {.where = input.string(), .expected = "addresses of databases; files as --item-files or --user-files"});
    }
    SqlAddress address = parse_sql_address(input.string());
    if (address.table.empty() && address.query.empty()) address.query = options_.query;
    read_rows(address, SqlHolds::kAnything, options_, sink);
  }
}

bool names_a_database(const ReaderOptions& options, const std::vector<fs::path>& inputs) {
  return std::any_of(inputs.begin(), inputs.end(),
                     [](const fs::path& input) { return is_sql_address(input.string()); }) ||
         !addresses_of(options.item_files, true).empty() || !addresses_of(options.user_files, true).empty();
}

}  // namespace p5
