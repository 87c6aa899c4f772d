// Trains or fits one configuration and measures how it ranks, on the validation and on the test part: one entry of a
// leaderboard, or one trial of a search.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "corpus/data_splits.h"
#include "evaluate/evaluate_options.h"
#include "p5/options.h"
#include "p5/stop_token.h"
#include "pipeline/measured_entry.h"
#include "pipeline/run_config.h"
#include "recommend/loaded_run.h"
#include "retrieval/candidate_source.h"

namespace p5 {

// A configuration of runs, or of a source alone.
struct EntryConfig {
  RunConfig run;
  std::string source;  // leaderboard.source: measures this source, without training a model; empty: trains a run
  std::vector<std::string> rows;  // leaderboard.rows: rows of the trained run that are measured next to itself

  void bind(OptionTable& table);      // rows of RunConfig, and the next
  void bind_own(OptionTable& table);  // rows leaderboard.source and leaderboard.rows
};

// A corpus with all that sources are fit from, but without a trained model. Immutable and thread-safe once made.
class UntrainedRun {
 public:
  UntrainedRun(const RunConfig& config, const std::filesystem::path& corpus);

  const LoadedRun& run() const { return *run_; }
  // Fits the source to the train part with these options. Throws as open_candidate_source().
  // With a folder, what was fit is kept in it, and read from it where it is there already.
  // Of a group of processes rank 0 gets the source, and the others null.
  std::unique_ptr<CandidateSource> fit(const std::string& source, const RunConfig& config, const StopToken& stop,
                                       const std::filesystem::path& keep = {}, ProcessGroup* group = nullptr) const;

 private:
  std::shared_ptr<const LoadedRun> run_;
};

// The validation score that searches maximise: NDCG@10 of all items, seen ones kept.
inline constexpr const char* kSearchedScore = "ndcg@10";
double validation_score(const LoadedRun& run, const CandidateSource& source, EvaluateOptions options);

struct MeasureRequest {
  std::filesystem::path corpus;
  std::filesystem::path run;        // the folder of a training; empty for sources
  std::filesystem::path keep = {};  // a folder whose "sources" gets what is fit, as a run's; empty: nowhere
  bool validation_only = false;
  Settings settings = {};  // that were set for the entry, for the training
  std::string fingerprint = {};
  StopToken stop = {};
};

// A run that is there already is trained to its end, or only measured where it has its weights. Throws Interrupted when
// it is stopped; the same request then continues. Several processes that train a source together (config.run.world) all
// call it, and rank 0 alone measures: the others get nothing.
std::optional<MeasuredEntry> measure_entry(const EntryConfig& config, const MeasureRequest& request);

// Of all that decides the result: options, source and data.
std::string entry_fingerprint(const OptionTable& table, const std::filesystem::path& corpus);

}  // namespace p5
