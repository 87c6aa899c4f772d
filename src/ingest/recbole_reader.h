// RecBole's atomic files: NAME.inter, NAME.item and NAME.user, tables whose header gives each column a type
// ("rating:float"). Immutable; thread-safe for reading into different sinks.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ingest/dataset_reader.h"

namespace p5 {

// Every column is kept: user_id, item_id, rating, timestamp, event, review and headline of interactions in their
// fields, others as attributes. Quotes are read as pandas reads them (RecBole's way) unless import.quote is none. A
// header that does not fit the separator is a data error that names the line, the column and the separator to try.
class RecBoleReader final : public DatasetReader {
 public:
  explicit RecBoleReader(ReaderOptions options) : options_(std::move(options)) {}

  std::string format() const override { return "recbole"; }
  bool recognizes(const std::vector<std::filesystem::path>& inputs) const override;
  void read(const std::vector<std::filesystem::path>& inputs, RecordSink& sink) const override;

 private:
  ReaderOptions options_;
};

}  // namespace p5
