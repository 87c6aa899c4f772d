// Feedback in a PostgreSQL database, for many replicas: table p5_feedback, every commit synced. Thread-safe; any number
// of processes may share a database.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "online/feedback_store.h"
#include "p5/error.h"
#include "sql/postgres_connection.h"

namespace p5 {

class PostgresFeedbackStore final : public FeedbackStore {
 public:
  // A URL as libpq takes it: postgresql://user:password@host:port/database. The table is made if it is missing. Throws
  // Unavailable (system) when there is no such database; messages have no password.
  explicit PostgresFeedbackStore(const std::string& url);

  using FeedbackStore::append;
  // Throws InvalidArgument for a text with a NUL byte, which PostgreSQL cannot hold.
  std::vector<FeedbackAppended> append(std::span<const std::span<const FeedbackEvent>> groups) override;
  std::uint64_t read(std::uint64_t after, const std::function<void(const FeedbackEvent&)>& take) const override;
  FeedbackStats stats() const override;
  void change(std::span<const TableChange> changes) override;
  std::uint64_t read_changes(std::uint64_t after, const std::function<void(const TableChange&)>& take) const override;

 private:
  // A connection, and who uses it now.
  struct Line {
    std::mutex mutex;
    std::unique_ptr<PostgresConnection> connection;
  };
  using Rows = std::vector<std::vector<PostgresConnection::Value>>;

  void open(Line& line) const;
  void prepare(Line& line) const;
  // Throws Unavailable (system) where the database refuses.
  Rows run(Line& line, const std::string& statement, const std::vector<PostgresConnection::Value>& values = {}) const;
  // What `work` gives, once more over a new connection where the old one was lost (the database was restarted): all
  // that is done here may be done twice. An insertion whose COMMIT was lost, but done, meets duplicates.
  template <typename Work>
  Rows with_connection(Line& line, const Work& work) const;
  // What `work`, which writes, gives, once all of it is on disk.
  template <typename Work>
  Rows commit(const Work& work);
  Rows ask(const std::string& statement, const std::vector<PostgresConnection::Value>& values = {}) const;
  Error failure(const std::string& complaint) const;

  std::string url_, shown_;  // shown_: without the password
  mutable Line writer_, reader_;
};

}  // namespace p5
