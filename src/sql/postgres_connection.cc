#include "sql/postgres_connection.h"

#include "base/shared_library.h"

namespace p5 {

std::unique_ptr<PostgresConnection> connect_to_postgres(const std::string& url, std::string& complaint) {
  static const SharedLibrary library(
      {.file = "libp5_postgres.so", .provides = "PostgreSQL", .remedy = "install libpq and build p5 whole"});
  const auto connect = library.function<decltype(&p5_postgres_connect)>("p5_postgres_connect");
  return std::unique_ptr<PostgresConnection>(connect(url, complaint));
}

}  // namespace p5
