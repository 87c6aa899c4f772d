// Trains and measures a list of configurations and sources, each in a process of its own, and gathers the table.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/option_table.h"
#include "p5/options.h"
#include "p5/stop_token.h"
#include "pipeline/leaderboard.h"

namespace p5 {

struct LeaderboardOptions {
  std::int64_t seeds = 3;         // per entry that has a seed
  std::int64_t resamples = 1000;  // of the paired bootstrap

  void bind(OptionTable& table);  // rows leaderboard.seeds and leaderboard.resamples
};

struct LeaderboardRequest {
  std::filesystem::path corpus;
  // A folder of TOML files, one entry each, named after the file (pipeline/measure_stage.h: EntryConfig). Empty: every
  // source of items alone, and p5 with the default configuration.
  std::filesystem::path configs = {};
  std::filesystem::path out;
  std::filesystem::path program;  // p5 itself
  Settings settings = {};         // of all entries, above their files
  LeaderboardOptions options = {};
  StopToken stop = {};
};

// Entries that are measured already, with the same configuration and data, are kept; one whose process fails is noted.
// Writes out/leaderboard.md, .json, _keep.svg and _drop.svg, and keeps runs and measured entries in out/entries. Throws
// InvalidArgument (request) for configurations that cannot be read, Interrupted.
Leaderboard run_leaderboard(const LeaderboardRequest& request);

}  // namespace p5
