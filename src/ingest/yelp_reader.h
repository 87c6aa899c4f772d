// The Yelp Open Dataset: one JSON object per line in files of reviews, businesses, users and tips, of the dumps since
// 2013. Immutable; thread-safe for reading into different sinks.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ingest/dataset_reader.h"

namespace p5 {

// A review is an event with stars, text and time (UTC where Yelp gives none). From a folder, reviews, businesses and
// users are read; tips, which have no stars, only when their file is named, as events "tip". Counts and averages of
// businesses and users are left out: they contain the events of the test.
class YelpReader final : public DatasetReader {
 public:
  std::string format() const override { return "yelp"; }
  bool recognizes(const std::vector<std::filesystem::path>& inputs) const override;
  void read(const std::vector<std::filesystem::path>& inputs, RecordSink& sink) const override;
};

}  // namespace p5
