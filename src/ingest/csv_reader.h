// Tables of any source: comma, tab or otherwise separated, or one JSON object per line, with columns named by the
// options. Immutable; thread-safe for reading into different sinks.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "ingest/dataset_reader.h"

namespace p5 {

// The inputs hold interactions, ReaderOptions::item_files item tables. By default the column options also accept
// usual names (user_id, movieId, ...), and without a header the first four columns. A header may give types as
// RecBole does ("price:float"). Quotes are honoured unless the separator is a tab or import.quote says otherwise.
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
