#include <sqlite3.h>

#include <filesystem>
#include <utility>

#include "p5/error.h"
#include "sql/sql_rows.h"

namespace p5 {
namespace {

class SqliteDatabase {
 public:
  explicit SqliteDatabase(const SqlAddress& address) : shown_(address.shown) {
    std::error_code ignored;
    if (!std::filesystem::exists(address.place, ignored)) {
      throw Error(ErrorCode::kNotFound, ErrorSubject::kRequest, "no such database file", {.where = address.place});
    }
    const int code = sqlite3_open_v2(address.place.c_str(), &database_, SQLITE_OPEN_READONLY, nullptr);
    if (code != SQLITE_OK) {
      const Error error = failure("cannot open the database");
      sqlite3_close(database_);
      throw error;
    }
    sqlite3_busy_timeout(database_, 10'000);
    // A statement of any kind may read this database and nothing else.
    sqlite3_set_authorizer(database_, allow_reading, nullptr);
  }
  ~SqliteDatabase() { sqlite3_close(database_); }
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  sqlite3* get() const { return database_; }

  Error failure(const char* what) const {
    const int code = sqlite3_errcode(database_);
    const ErrorDetail detail{.where = shown_, .got = sqlite3_errmsg(database_)};
    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) return data_error("not a whole database of SQLite", detail);
    if (code == SQLITE_ERROR || code == SQLITE_AUTH) return usage_error("the database refuses the query", detail);
    return system_error(what, detail);
  }

 private:
  static int allow_reading(void*, int action, const char*, const char*, const char*, const char*) {
    const bool reads =
        action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_FUNCTION || action == SQLITE_RECURSIVE;
    return reads ? SQLITE_OK : SQLITE_DENY;
  }

  std::string shown_;
  sqlite3* database_ = nullptr;
};

class SqliteQuery {
 public:
  SqliteQuery(const SqliteDatabase& database, const std::string& sql) : database_(&database) {
    const char* rest = nullptr;
    if (sqlite3_prepare_v2(database.get(), sql.c_str(), static_cast<int>(sql.size() + 1), &statement_, &rest) !=
        SQLITE_OK) {
      throw database.failure("cannot read the database");
    }
    const std::string_view more = rest == nullptr ? std::string_view() : std::string_view(rest);
    if (statement_ == nullptr || sqlite3_column_count(statement_) == 0 ||
        more.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
      sqlite3_finalize(statement_);
      throw usage_error("not one query", {.expected = "one SELECT", .got = "'" + sql + "'"});
    }
  }
  ~SqliteQuery() { sqlite3_finalize(statement_); }
  SqliteQuery(const SqliteQuery&) = delete;
  SqliteQuery& operator=(const SqliteQuery&) = delete;

  std::vector<std::string> columns() const {
    std::vector<std::string> names;
    for (int i = 0; i < sqlite3_column_count(statement_); ++i) names.emplace_back(sqlite3_column_name(statement_, i));
    return names;
  }

  bool next(SqlRows::Row& row) {
    if (done_) return false;  // a further step would begin anew
    const int code = sqlite3_step(statement_);
    done_ = code == SQLITE_DONE;
    if (done_) return false;
    if (code != SQLITE_ROW) throw database_->failure("cannot read the database");
    row.resize(static_cast<std::size_t>(sqlite3_column_count(statement_)));
    for (int i = 0; i < sqlite3_column_count(statement_); ++i) {
      const char* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, i));
      if (text == nullptr) {
        row[static_cast<std::size_t>(i)].reset();
      } else {
        row[static_cast<std::size_t>(i)].emplace(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, i)));
      }
    }
    return true;
  }

 private:
  const SqliteDatabase* database_;
  sqlite3_stmt* statement_ = nullptr;
  bool done_ = false;
};

std::vector<std::string> sqlite_tables(const SqliteDatabase& database) {
  SqliteQuery names(
      database,
      "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY 1");
  std::vector<std::string> tables;
  for (SqlRows::Row row; names.next(row);) tables.push_back(row.at(0).value_or(""));
  return tables;
}

class SqliteRows final : public SqlRows {
 public:
  explicit SqliteRows(const SqlAddress& address)
      : database_(address), query_(database_, query_of(address, tables_of(address))), columns_(query_.columns()) {}

  const std::vector<std::string>& columns() const override { return columns_; }
  bool next(Row& row) override { return query_.next(row); }

 private:
  std::vector<std::string> tables_of(const SqlAddress& address) const {
    return address.query.empty() ? sqlite_tables(database_) : std::vector<std::string>();
  }

  SqliteDatabase database_;
  SqliteQuery query_;
  std::vector<std::string> columns_;
};

}  // namespace

std::unique_ptr<SqlRows> open_sqlite_rows(const SqlAddress& address) { return std::make_unique<SqliteRows>(address); }

}  // namespace p5
