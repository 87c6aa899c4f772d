// Amazon reviews and item metadata of the 2014, 2018 and 2023 releases (McAuley and others), told apart per line by
// their fields, and the releases' ratings tables (.csv). Immutable; thread-safe for reading into different sinks.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ingest/dataset_reader.h"

namespace p5 {

// One object per line: JSON, or a printed Python dict as in the 2014 metadata. Items of 2023 are joined on parent_asin.
// Character references are replaced in all texts; tags are removed from titles, brands, categories and descriptions.
class AmazonReader final : public DatasetReader {
 public:
  std::string format() const override { return "amazon"; }
  bool recognizes(const std::vector<std::filesystem::path>& inputs) const override;
  void read(const std::vector<std::filesystem::path>& inputs, RecordSink& sink) const override;
};

}  // namespace p5
