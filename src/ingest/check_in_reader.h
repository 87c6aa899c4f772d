// Check-ins of Gowalla and Brightkite, as the Stanford Network Analysis Project has them: user, time, latitude,
// longitude and place per line, separated by tabs (Cho, Myers and Leskovec 2011). Immutable; thread-safe for reading
// into different sinks.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ingest/dataset_reader.h"

namespace p5 {

// A check-in is an event without a type; its place is the item, with latitude and longitude. Lines of Brightkite
// without time and place are bad lines.
class CheckInReader final : public DatasetReader {
 public:
  std::string format() const override { return "gowalla"; }
  bool recognizes(const std::vector<std::filesystem::path>& inputs) const override;
  void read(const std::vector<std::filesystem::path>& inputs, RecordSink& sink) const override;
};

}  // namespace p5
