// Tables of databases, by their addresses (sql/sql_address.h): columns are found as in csv files. Immutable;
// thread-safe for reading into different sinks.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "ingest/dataset_reader.h"

namespace p5 {

// Every input is an address. import.query is what is read where an address has no table and no query. Item and user
// tables may be addresses or files.
class SqlReader final : public DatasetReader {
 public:
  explicit SqlReader(ReaderOptions options) : options_(std::move(options)) {}

  std::string format() const override { return "sql"; }
  bool recognizes(const std::vector<std::filesystem::path>& inputs) const override;
  void read(const std::vector<std::filesystem::path>& inputs, RecordSink& sink) const override;

 private:
  ReaderOptions options_;
};

// Whether any of the inputs, or of the item and user tables, is the address of a database.
bool names_a_database(const ReaderOptions& options, const std::vector<std::filesystem::path>& inputs);

}  // namespace p5
