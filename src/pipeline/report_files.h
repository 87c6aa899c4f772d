// Where the reports of a run are kept: one per split and settings, so that a quick look never replaces a full report.
// Thread-safe: free functions.
//
//   RUN/report.test.json            of the test split, with the run's own settings
//   RUN/report.valid-1a2b3c4d.json  of the validation split, with settings that differ from the run's; the digits are
//                                   the start of the SHA-256 of these
//   RUN/report.test.users.jsonl     what each user got, next to the report of that name (evaluate/per_user_results.h)
#pragma once

#include <filesystem>
#include <string>

#include "evaluate/evaluation_report.h"
#include "evaluate/per_user_results.h"
#include "pipeline/run_config.h"
#include "pipeline/run_directory.h"

namespace p5 {

// The file of the report of that configuration on that data.
std::filesystem::path report_file(const RunDirectory& run, const RunConfig& config, const std::string& data_sha256);
// "runs/a/report.test.users.jsonl" of "runs/a/report.test.json".
std::filesystem::path per_user_file(const std::filesystem::path& report);

// SHA-256 of all settings that decide what a run is and how it answers, except its seeds: runs that have it in common
// differ by their seeds alone.
std::string settings_sha256(const RunConfig& config);

// Writes the report and, next to it, what each user got; the report then names that file. Throws Unavailable (system),
// and leaves the report without a name.
void keep_report(const std::filesystem::path& file, EvaluationReport& report);

// What each user got, of a report file or of the report of `split` in a run folder, with the settings of the run.
// Throws NotFound, saying which reports there are, and Corrupted (data) for files that do not belong together.
PerUserResults load_per_user_results(const std::filesystem::path& run_or_report, const std::string& split);

}  // namespace p5
