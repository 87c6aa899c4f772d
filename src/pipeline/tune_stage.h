// Searches settings of runs, or of a source alone, for the best validation NDCG@10.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/option_table.h"
#include "p5/options.h"
#include "p5/stop_token.h"
#include "search/trial_journal.h"

namespace p5 {

struct TuneOptions {
  enum class Method { kRandom, kTpe, kHalving };
  Method method = Method::kTpe;
  std::int64_t trials = 30;                // configurations
  std::int64_t startup = 10;               // random ones before TPE begins
  std::int64_t candidates = 24;            // that TPE draws per setting
  std::string budget = "train.max_steps";  // of successive halving: the option that rungs raise
  double budget_min = 0, budget_max = 0;
  double factor = 3;  // between rungs
  std::uint64_t seed = 2022;

  void bind(OptionTable& table);  // rows tune.*
};

struct TuneRequest {
  std::filesystem::path corpus;
  std::filesystem::path config = {};  // of all trials; may be empty
  std::filesystem::path space;        // search/search_space.h
  std::filesystem::path out;
  std::filesystem::path program;  // p5 itself, which trains each trial of a run in a process of its own
  Settings settings = {};  // of all trials, above the configuration; leaderboard.source makes it a source's search
  TuneOptions options = {};
  StopToken stop = {};
};

struct TuneResult {
  std::string source;              // empty: runs
  std::vector<Trial> trials = {};  // best first; of successive halving those of higher rungs first, failed ones last
  std::vector<std::pair<std::string, double>> importance = {};  // per setting, most important first
  std::filesystem::path best_config = {};

  std::string to_text() const;
  std::string to_markdown() const;
  nlohmann::ordered_json to_json() const;
};

// Continues the search that out/journal.jsonl holds; more trials may be asked for than the last time, except of
// successive halving. Writes out/best.toml, a configuration for p5 train, and out/trials.md. Throws InvalidArgument
// (request) for settings that are no options, or none of the source; for another search than the journal's; when every
// trial failed. Throws Interrupted.
TuneResult tune(const TuneRequest& request);

}  // namespace p5
