// The address of rows in a database: which one, and which table or query. Thread-safe: free functions.
#pragma once

#include <string>
#include <string_view>

namespace p5 {

struct SqlAddress {
  enum class Kind { kSqlite, kPostgres };
  Kind kind = Kind::kSqlite;
  std::string place;  // a file; or the address that libpq connects to
  // At most one of them is not empty.
  std::string table, query;
  std::string shown;  // for messages: without the password
};

// Whether a text begins as an address does: sqlite:, postgres:// or postgresql://.
bool is_sql_address(std::string_view text);

// "sqlite:shop.db", "sqlite:///data/shop.db?table=orders" (the file /data/shop.db, or data/shop.db where there is
// none), "postgresql://ann:secret@db/shop?sslmode=require&query=SELECT%20...". `table` and `query` are p5's, other
// parameters libpq's; `query` is the last one and ends with the address; %20 and the like are decoded. Throws
// InvalidArgument (request) for anything else.
SqlAddress parse_sql_address(const std::string& text);

// postgresql://ann:secret@db/shop as postgresql://ann:***@db/shop
std::string without_password(std::string url);

}  // namespace p5
