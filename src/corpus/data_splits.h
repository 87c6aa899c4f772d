// A corpus with the splits of docs/protocol.md: one for rankings, one for ratings and reviews.
#pragma once

#include <filesystem>
#include <memory>

#include "base/option_table.h"
#include "corpus/split.h"

namespace p5 {

struct SplitOptions {
  enum class Kind { kLeaveOneOut, kTemporal };
  Kind kind = Kind::kLeaveOneOut;
  double temporal_valid = 0.1, temporal_test = 0.1;  // shares of all events, by time
  double review_valid = 0.1, review_test = 0.1;      // shares of the review split
  std::int64_t seed = 2022;

  void bind(OptionTable& table);  // rows split.*
};

struct DataSplits {
  std::shared_ptr<const Corpus> corpus;
  std::shared_ptr<const Split> ranking;  // for sequential and direct tasks
  std::shared_ptr<const Split> reviews;  // for rating; its train part has no held-out pair of `ranking`
};

DataSplits open_data(const std::filesystem::path& corpus_folder, const SplitOptions& options);

}  // namespace p5
