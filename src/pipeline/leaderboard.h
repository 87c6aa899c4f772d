// A table of configurations and sources by how they rank: gathered from measured entries, and shown as text, Markdown,
// JSON and plots. Lines are in the order of validation NDCG@10 (seen items kept), so that whoever takes the first one
// has not selected on the test part. A plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/paired_bootstrap.h"
#include "pipeline/measured_entry.h"

namespace p5 {

// The entry of one configuration, once per seed.
struct LeaderboardEntry {
  std::string name;
  std::vector<MeasuredEntry> seeds = {};
  std::string problem = {};  // why there are none
};

// One way of treating seen items, over all seeds.
struct LeaderboardRanking {
  std::vector<std::pair<std::string, double>> scores;  // means over users and seeds
  std::vector<double> ndcg;                            // NDCG@10 of each user, mean over seeds
  double margin = 0;                                   // half of the 95% interval of NDCG@10 over users
  double seed_deviation = 0;                           // standard deviation of NDCG@10 between seeds; 0 for one
  std::optional<BootstrapInterval> to_first = {};      // of NDCG@10, to the first line

  double value(const std::string& score) const;
};

struct LeaderboardLine {
  std::string name;
  bool trained = false;
  std::size_t seeds = 0, users = 0;
  std::uint64_t questions = 0;
  double valid = 0;  // validation NDCG@10, seen items kept
  LeaderboardRanking keep = {}, drop = {};
  double fit_seconds = 0, measure_seconds = 0;  // means over seeds
  std::uint64_t peak_memory = 0;                // bytes, the largest of the seeds
};

struct Leaderboard {
  std::string corpus, ties, data_sha256;
  std::vector<LeaderboardLine> lines;
  std::vector<LeaderboardEntry> failed;

  std::string to_text() const;
  std::string to_markdown() const;
  nlohmann::ordered_json to_json() const;
  // NDCG@10 against seconds of training or fitting, as SVG.
  std::string plot(bool seen_kept) const;
};

// `resamples` of the paired bootstrap.
Leaderboard make_leaderboard(const std::vector<LeaderboardEntry>& entries, std::size_t resamples);

}  // namespace p5
