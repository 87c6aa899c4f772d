// The Microsoft News Dataset (MIND): behaviors.tsv, with one impression per line, and news.tsv with the articles.
// Immutable; thread-safe for reading into different sinks.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ingest/dataset_reader.h"

namespace p5 {

// A clicked article is an event "click" at the time of its impression. The history of a line, without times, comes
// before all of them, and what an earlier line of the same user already had is not repeated. Articles that were shown
// and not clicked make no event.
class MindReader final : public DatasetReader {
 public:
  std::string format() const override { return "mind"; }
  bool recognizes(const std::vector<std::filesystem::path>& inputs) const override;
  void read(const std::vector<std::filesystem::path>& inputs, RecordSink& sink) const override;
};

}  // namespace p5
