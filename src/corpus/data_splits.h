// A corpus with the splits of docs/protocol.md: one for rankings, one for ratings and reviews.
#pragma once

#include <filesystem>
#include <memory>

#include "base/option_table.h"
#include "corpus/split.h"

namespace p5 {

struct SplitOptions {
  // kAuto: the split that the corpus came with, else leave-one-out.
  enum class Kind { kAuto, kLeaveOneOut, kTemporal, kSliding, kGiven };
  Kind kind = Kind::kAuto;
  double temporal_valid = 0.1, temporal_test = 0.1;  // shares of all events, by time
  std::int64_t windows = 3, window = 1;              // of a sliding split: how many, and which, from 1
  double hide_items = 0;                             // share of the items whose train events nobody sees
  double review_valid = 0.1, review_test = 0.1;      // shares of the review split
  std::int64_t seed = 2022;

  void bind(OptionTable& table);              // rows split.*
  Kind kind_for(const Corpus& corpus) const;  // never kAuto
};

struct DataSplits {
  std::shared_ptr<const Corpus> corpus;
  std::shared_ptr<const Split> ranking;  // for sequential and direct tasks
  std::shared_ptr<const Split> reviews;  // for rating; its train part has no held-out pair of `ranking`
};

// The splits of a corpus. A sliding split cuts the newest `temporal_test` share of the events into `windows`
// consecutive ones with equally many events each: the events of number `window` are the test part, the `temporal_valid`
// share just before them validation, all earlier ones train, and later ones unused. Throws a usage error for a corpus
// without times where times are needed, and for a window that does not exist.
DataSplits make_splits(std::shared_ptr<const Corpus> corpus, const SplitOptions& options);
DataSplits open_data(const std::filesystem::path& corpus_folder, const SplitOptions& options);

}  // namespace p5
