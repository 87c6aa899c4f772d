// Sources measured over several consecutive windows of time, each time fit anew on the events before the window, as a
// product that is refit from time to time would answer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "evaluate/evaluation_report.h"
#include "pipeline/run_config.h"
#include "pipeline/run_directory.h"

namespace p5 {

struct SlidingWindow {
  std::size_t train = 0, test = 0;  // events
  std::size_t without_history = 0;  // users who were asked with an empty history
  std::vector<EvaluationRow> rows;  // task sequential
};

struct SlidingReport {
  std::string run, corpus, split;      // split: "test" | "valid"
  double test_share = 0;               // of all events, that the windows divide among them
  std::vector<SlidingWindow> windows;  // the oldest first; the same rows in each
  double seconds = 0;

  // {"run", "corpus", "split", "windows": [{"train", "test", "without_history", "rows": {<row>: {"sequential": ...}}}],
  // "mean": {<row>:
  // {"keep": {<score>: mean over windows}, "drop": {...}}}, "seconds"}
  nlohmann::ordered_json to_json() const;
  // One line per row and window, and their mean.
  std::string to_table() const;
};

// Windows as SplitOptions::Kind::kSliding cuts them. Rows are those of evaluate.rows that are candidate sources and
// keep what they learn: they are fit to the train part of each window, nothing is read from or written to the run. The
// run's own model is not among them: it was trained on events of the windows. Of a user with several events in a
// window, the first is asked for. Throws a usage error for a corpus without times, or without such a row.
SlidingReport evaluate_sliding(const RunDirectory& run, const RunConfig& config, const std::filesystem::path& corpus,
                               std::int64_t windows);

}  // namespace p5
