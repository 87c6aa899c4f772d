#include "sql/sql_rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "p5/error.h"

namespace p5 {

std::unique_ptr<SqlRows> open_sql_rows(const SqlAddress& address) {
  return address.kind == SqlAddress::Kind::kSqlite ? open_sqlite_rows(address) : open_postgres_rows(address);
}

std::string quoted_name(const std::string& name) {
  std::string quoted = "\"";
  for (const char letter : name) quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return quoted + "\"";
}

std::string query_of(const SqlAddress& address, const std::vector<std::string>& tables) {
  if (!address.query.empty()) return address.query;
  std::string table = address.table;
  if (table.empty() && tables.size() == 1) table = tables.front();
  if (!table.empty() && std::find(tables.begin(), tables.end(), table) != tables.end()) {
    return "SELECT * FROM " + quoted_name(table);
  }
  const std::string known = tables.empty() ? "there are no tables" : fmt::format("tables {}", fmt::join(tables, ", "));
  if (table.empty()) {
    throw usage_error("say what to read", {.where = address.shown, .expected = "?table=NAME or --query", .got = known});
  }
  throw usage_error("no such table", {.where = address.shown, .expected = known, .got = "'" + table + "'"});
}

}  // namespace p5
