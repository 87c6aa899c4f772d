// The sequences of S3-Rec (RUCAIBox/CIKM2020-S3Rec), on which P5 and TIGER report: NAME.txt with one user per line,
// "user item item ..." in time order, and NAME_item2attributes.json. Immutable; thread-safe for different sinks.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ingest/dataset_reader.h"

namespace p5 {

// The attributes file is read when it is given or lies next to NAME.txt. Lists of negatives (NAME_sample.txt) in a
// folder are skipped.
class S3RecReader final : public DatasetReader {
 public:
  std::string format() const override { return "s3rec"; }
  bool recognizes(const std::vector<std::filesystem::path>& inputs) const override;
  void read(const std::vector<std::filesystem::path>& inputs, RecordSink& sink) const override;
  bool has_times() const override { return false; }
};

}  // namespace p5
