// libp5_postgres.so: the only code that sees libpq.
#include <libpq-fe.h>

#include <string_view>

#include "sql/postgres_connection.h"

namespace p5 {
namespace {

std::string without_line_end(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (char& letter : text) letter = letter == '\n' ? ' ' : letter;
  return text;
}

class LibpqConnection final : public PostgresConnection {
 public:
  explicit LibpqConnection(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
    PQsetNoticeProcessor(
        connection_, [](void*, const char*) {}, nullptr);  // "relation already exists, skipping"
  }
  ~LibpqConnection() override { PQfinish(connection_); }
  LibpqConnection(const LibpqConnection&) = delete;
  LibpqConnection& operator=(const LibpqConnection&) = delete;

  Result run(const std::string& statement, const std::vector<Value>& values) override {
    std::vector<const char*> texts;
    for (const Value& value : values) texts.push_back(value ? value->c_str() : nullptr);
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(
        PQexecParams(connection_, statement.c_str(), static_cast<int>(texts.size()), nullptr, texts.data(), nullptr,
                     nullptr, 0),
        PQclear);
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
      // Errors of the server have a state. libpq's own have none, and PQstatus() may still be good after a failed
      // write.
      const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
      lost_ = state == nullptr || std::string_view(state).starts_with("57P");  // 57P: the server shuts down
      return {.complaint = without_line_end(PQerrorMessage(connection_))};
    }
    Result read;
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      read.columns.emplace_back(PQfname(result.get(), column));
    }
    for (int row = 0; row < PQntuples(result.get()); ++row) {
      auto& cells = read.rows.emplace_back();
      for (int column = 0; column < PQnfields(result.get()); ++column) {
        if (PQgetisnull(result.get(), row, column)) {
          cells.emplace_back();
        } else {
          cells.emplace_back(std::in_place, PQgetvalue(result.get(), row, column),
                             static_cast<std::size_t>(PQgetlength(result.get(), row, column)));
        }
      }
    }
    return read;
  }
  bool is_open() const override { return !lost_ && PQstatus(connection_) == CONNECTION_OK; }
  void reset() override {
    PQreset(connection_);
    lost_ = false;
  }
  std::string complaint() const { return without_line_end(PQerrorMessage(connection_)); }

 private:
  PGconn* connection_;
  bool lost_ = false;
};

}  // namespace
}  // namespace p5

p5::PostgresConnection* p5_postgres_connect(const std::string& url, std::string& complaint) {
  auto connection = std::make_unique<p5::LibpqConnection>(url);
  complaint = connection->is_open() ? "" : connection->complaint();
  return complaint.empty() ? connection.release() : nullptr;
}
