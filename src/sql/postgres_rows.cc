#include <fmt/format.h>

#include <utility>

#include "p5/error.h"
#include "sql/postgres_connection.h"
#include "sql/sql_rows.h"

namespace p5 {
namespace {

constexpr int kRowsPerFetch = 10'000;

// The rows of a cursor, in a transaction that may not write and ends with the connection.
class PostgresRows final : public SqlRows {
 public:
  explicit PostgresRows(const SqlAddress& address) : shown_(address.shown) {
    std::string complaint;
    connection_ = connect_to_postgres(address.place, complaint);
    if (connection_ == nullptr) throw system_error("cannot reach the database", {.where = shown_, .got = complaint});
    run("SET client_encoding TO 'UTF8'");
    run("SET TimeZone TO 'UTC'");
    run("SET DateStyle TO 'ISO'");
    run("BEGIN TRANSACTION READ ONLY");
    const std::vector<std::string> tables =
        address.query.empty() ? tables_of_search_path() : std::vector<std::string>();
    run("DECLARE p5_rows NO SCROLL CURSOR FOR " + query_of(address, tables));
    fetch();
  }

  const std::vector<std::string>& columns() const override { return fetched_.columns; }

  bool next(Row& row) override {
    if (at_ == fetched_.rows.size()) {
      if (fetched_.rows.size() < kRowsPerFetch) return false;
      fetch();
      if (fetched_.rows.empty()) return false;
    }
    row = std::move(fetched_.rows[at_++]);
    return true;
  }

 private:
  PostgresConnection::Result run(const std::string& statement) {
    PostgresConnection::Result result = connection_->run(statement, {});
    if (result.complaint.empty()) return result;
    const ErrorDetail detail{.where = shown_, .got = result.complaint};
    if (!connection_->is_open()) throw system_error("the database is no longer there", detail);
    throw usage_error("the database refuses the query", detail);
  }

  void fetch() {
    fetched_ = run(fmt::format("FETCH {} FROM p5_rows", kRowsPerFetch));
    at_ = 0;
  }

  std::vector<std::string> tables_of_search_path() {
    std::vector<std::string> tables;
    for (auto& row : run("SELECT table_name FROM information_schema.tables "
                         "WHERE table_schema = ANY (current_schemas(false)) ORDER BY 1")
                         .rows) {
      tables.push_back(row.at(0).value_or(""));
    }
    return tables;
  }

  std::string shown_;
  std::unique_ptr<PostgresConnection> connection_;
  PostgresConnection::Result fetched_;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<SqlRows> open_postgres_rows(const SqlAddress& address) {
  return std::make_unique<PostgresRows>(address);
}

}  // namespace p5
