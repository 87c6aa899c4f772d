// The door to libp5_postgres.so, so that programs that ask no PostgreSQL start without libpq and what it brings (TLS,
// Kerberos, LDAP).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace p5 {

// Not thread-safe.
class PostgresConnection {
 public:
  using Value = std::optional<std::string>;  // as text; none: NULL
  struct Result {
    std::string complaint;  // empty: it worked
    std::vector<std::string> columns = {};
    std::vector<std::vector<Value>> rows = {};
  };

  virtual ~PostgresConnection() = default;
  // One statement, with $1, $2, ... for the values.
  virtual Result run(const std::string& statement, const std::vector<Value>& values) = 0;
  virtual bool is_open() const = 0;
  // Connects anew, with the same address.
  virtual void reset() = 0;
};

// Null with the reason in `complaint`. Throws Unavailable (system) where libp5_postgres.so or libpq cannot be loaded.
std::unique_ptr<PostgresConnection> connect_to_postgres(const std::string& url, std::string& complaint);

}  // namespace p5

extern "C" {
// Null with the reason in `complaint`. The caller owns the connection. C++ types: both sides are of one build.
p5::PostgresConnection* p5_postgres_connect(const std::string& url, std::string& complaint);
}
