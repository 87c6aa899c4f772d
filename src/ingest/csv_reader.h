// Tables of any source: comma, tab or otherwise separated, or JSON objects, with columns named by the options.
// Immutable; thread-safe for reading into different sinks.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "ingest/dataset_reader.h"

namespace p5 {

// The inputs hold interactions, ReaderOptions::item_files and user_files tables of items and users. Of the inputs, too,
// a table with an item and no user column is one of items, and the reverse one of users. By default the column options
// accept usual names (user_id, movieId, ...), whatever their case. A header may give types as RecBole does
// ("price:float"). Separator, quotes and encoding are found from the beginning of each file unless an option says them.
class CsvReader final : public DatasetReader {
 public:
  explicit CsvReader(ReaderOptions options) : options_(std::move(options)) {}

  std::string format() const override { return "csv"; }
  bool recognizes(const std::vector<std::filesystem::path>& inputs) const override;
  void read(const std::vector<std::filesystem::path>& inputs, RecordSink& sink) const override;

 private:
  ReaderOptions options_;
};

}  // namespace p5
