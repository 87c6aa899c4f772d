// Compares runs by the reports that p5 evaluate kept, user by user.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/comparison.h"

namespace p5 {

struct CompareRunsRequest {
  std::vector<std::filesystem::path> inputs;  // run folders, or reports
  std::string split = "test";                 // of run folders
  std::vector<std::string> metrics = {};      // ComparedColumn::name(); "allowed" and "removed" stand for keep and drop
  std::string to = {};                        // the reference: a row's name or one of its inputs; empty: the first row
  bool baselines = false;                     // rows for the baselines in the report of the first input
};

// Rows: each run's own model, and its hybrid where the report has one; runs with equal settings and other seeds make
// one row. Differences are those of means over seeds, with the 95% interval over users (PairedDifference). Throws
// InvalidArgument when the runs were not asked the same (another corpus, split or choice of users), and for unknown
// metrics and rows; NotFound without a report.
Comparison compare_runs(const CompareRunsRequest& request);

}  // namespace p5
