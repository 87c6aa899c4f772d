// The rows that a table or query of a database gives, one after the other; nothing is ever written. Not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sql/sql_address.h"

namespace p5 {

class SqlRows {
 public:
  using Row = std::vector<std::optional<std::string>>;  // values as text; none: NULL

  virtual ~SqlRows() = default;
  virtual const std::vector<std::string>& columns() const = 0;
  // The next row, with a value per column; false at the end, and from then on. Throws Unavailable (system) when the
  // connection is lost.
  virtual bool next(Row& row) = 0;
};

// Memory does not grow with the rows. Without a table or query, the only table or view is taken. Throws NotFound
// (request) for a file that is missing, Unavailable (system) when the database cannot be reached, Corrupted (data) for
// a file that is no database, and InvalidArgument (request) with the database's own words for what it refuses, for what
// would write, and, naming the tables, when there is not just one.
std::unique_ptr<SqlRows> open_sql_rows(const SqlAddress& address);

// The implementations.
std::unique_ptr<SqlRows> open_sqlite_rows(const SqlAddress& address);
std::unique_ptr<SqlRows> open_postgres_rows(const SqlAddress& address);

// For both: the query that an address means, where the database has these tables and views.
std::string query_of(const SqlAddress& address, const std::vector<std::string>& tables);
// "a ""quoted"" name", so that a name is never read as SQL.
std::string quoted_name(const std::string& name);

}  // namespace p5
